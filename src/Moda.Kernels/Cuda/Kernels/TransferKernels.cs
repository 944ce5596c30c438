using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;
using Moda.Kernels.Cuda.Memory;
using Moda.Kernels.Parameters;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>Moves tensors between host and device; kernels of <c>elementwise.cu</c> convert the values on the device.</summary>
internal sealed class TransferKernels(CudaModule module)
{
    private readonly CudaFunction writeValues = module.GetFunction("write_values");
    private readonly CudaFunction writeSingles = module.GetFunction("write_singles");
    private readonly CudaFunction readValues = module.GetFunction("read_values");
    private readonly CudaFunction readSingles = module.GetFunction("read_singles");
    private readonly CudaFunction readBytes = module.GetFunction("read_bytes");

    /// <summary><see cref="Device.Write"/>.</summary>
    public void Write(CudaQueue queue, ReadOnlySpan<float> values, Tensor destination) =>
        queue.Transfers.Upload(values, WriterOf(queue, destination));

    /// <summary>As <see cref="Device.Write"/>, of values that are read piece by piece.</summary>
    public void Write(CudaQueue queue, ParameterValues values, Tensor destination) =>
        queue.Transfers.Upload(values, WriterOf(queue, destination));

    /// <summary><see cref="Device.Read"/>.</summary>
    public void Read(CudaQueue queue, Tensor source, Span<float> values)
    {
        CudaFunction kernel = source.Type == ElementType.Float32 ? readSingles : readValues;
        queue.Transfers.Download(values, new ReadKernel(queue, kernel, source));
    }

    /// <summary><see cref="Device.ReadBytes"/>.</summary>
    public void ReadBytes(CudaQueue queue, Tensor source, Span<byte> values) =>
        queue.Transfers.Download(values, new ReadKernel(queue, readBytes, source));

    private WriteKernel WriterOf(CudaQueue queue, Tensor destination) =>
        new(queue, destination.Type == ElementType.Float32 ? writeSingles : writeValues, destination);

    private readonly struct WriteKernel(CudaQueue queue, CudaFunction kernel, Tensor destination) : IPieceKernel
    {
        public void Queue(ulong values, long first, int count)
        {
            var arguments = new KernelArguments();
            arguments.AddPointer(values);
            arguments.AddTensor(destination);
            arguments.Add(destination.Channels).Add(first).Add((long)count);
            queue.LaunchForElements(kernel, count, in arguments);
        }
    }

    private readonly struct ReadKernel(CudaQueue queue, CudaFunction kernel, Tensor source) : IPieceKernel
    {
        public void Queue(ulong values, long first, int count)
        {
            var arguments = new KernelArguments();
            arguments.AddTensor(source);
            arguments.Add(source.Channels).AddPointer(values).Add(first).Add((long)count);
            queue.LaunchForElements(kernel, count, in arguments);
        }
    }
}
