using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda;

public sealed partial class CudaDevice
{
    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<float> values, Tensor destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, destination.Shape.ElementCount, nameof(values));
        transfers.Upload(values, WriterOf(destination));
    }

    /// <inheritdoc/>
    public override void Read(Tensor source, Span<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, source.Shape.ElementCount, nameof(values));
        CudaFunction kernel = source.Type == ElementType.Float32 ? kernels.Elementwise.ReadSingles : kernels.Elementwise.ReadValues;
        transfers.Download(values, new ReadKernel(launcher, kernel, source));
    }

    /// <inheritdoc/>
    public override void ReadBytes(Tensor source, Span<byte> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, source.Shape.ElementCount, nameof(values));
        transfers.Download(values, new ReadKernel(launcher, kernels.Elementwise.ReadBytes, source));
    }

    private WriteKernel WriterOf(Tensor destination) => new(
        launcher,
        destination.Type == ElementType.Float32 ? kernels.Elementwise.WriteSingles : kernels.Elementwise.WriteValues,
        destination);

    private readonly struct WriteKernel(CudaLauncher launcher, CudaFunction kernel, Tensor destination) : IPieceKernel
    {
        public void Queue(ulong values, long first, int count)
        {
            var arguments = new KernelArguments();
            arguments.AddPointer(values);
            arguments.AddTensor(destination);
            arguments.Add(destination.Channels).Add(first).Add((long)count);
            launcher.Launch(kernel, LaunchConfiguration.ForElements(count), in arguments);
        }
    }

    private readonly struct ReadKernel(CudaLauncher launcher, CudaFunction kernel, Tensor source) : IPieceKernel
    {
        public void Queue(ulong values, long first, int count)
        {
            var arguments = new KernelArguments();
            arguments.AddTensor(source);
            arguments.Add(source.Channels).AddPointer(values).Add(first).Add((long)count);
            launcher.Launch(kernel, LaunchConfiguration.ForElements(count), in arguments);
        }
    }
}
