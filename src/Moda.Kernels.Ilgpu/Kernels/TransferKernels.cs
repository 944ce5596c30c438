using ILGPU;
using ILGPU.Runtime;
using Moda.Kernels.Ilgpu.Execution;
using Moda.Kernels.Ilgpu.Memory;
using Moda.Kernels.Ilgpu.Queues;

namespace Moda.Kernels.Ilgpu.Kernels;

/// <summary>Moves tensors between host and device. Dense tensors are copied; kernels step over the gaps of others.</summary>
internal sealed class TransferKernels(Accelerator accelerator)
{
    private readonly Kernel<MoveArguments> scatter = new(accelerator, Scatter);
    private readonly Kernel<MoveArguments> gather = new(accelerator, Gather);
    private readonly Kernel<ByteArguments> gatherBytes = new(accelerator, GatherBytes);

    /// <summary><see cref="Device.Write"/>.</summary>
    public void Write(IlgpuQueue queue, ReadOnlySpan<float> values, Tensor destination)
    {
        var view = TensorView.Of(destination);
        if (IsDense(destination))
        {
            queue.Upload(values, view.Values);
            return;
        }

        ArrayView<float> dense = queue.RentScratch(values.Length);
        queue.Upload(values, dense);
        queue.LaunchForElements(scatter, values.Length, new MoveArguments(view, dense, destination.Channels));
    }

    /// <summary><see cref="Device.Read"/>.</summary>
    public void Read(IlgpuQueue queue, Tensor source, Span<float> values)
    {
        var view = TensorView.Of(source);
        if (IsDense(source))
        {
            queue.Download(view.Values, values);
            return;
        }

        ArrayView<float> dense = queue.RentScratch(values.Length);
        queue.LaunchForElements(gather, values.Length, new MoveArguments(view, dense, source.Channels));
        queue.Download(dense, values);
    }

    /// <summary><see cref="Device.ReadBytes"/>.</summary>
    public void ReadBytes(IlgpuQueue queue, Tensor source, Span<byte> values)
    {
        ArrayView<byte> bytes = queue.RentScratch((values.Length + sizeof(float) - 1) / sizeof(float)).Cast<byte>();
        queue.LaunchForElements(gatherBytes, values.Length, new ByteArguments(TensorView.Of(source), bytes, source.Channels, values.Length));
        queue.Download(bytes, values);
    }

    private static bool IsDense(in Tensor tensor) => tensor.IsContiguous || tensor.Rows == 1;

    private static void Scatter(MoveArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Dense.Length; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Channels);
            a.Tensor.Store(at.Row, at.Column, a.Dense[flat]);
        }
    }

    private static void Gather(MoveArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Dense.Length; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Channels);
            a.Dense[flat] = a.Tensor.Load(at.Row, at.Column);
        }
    }

    private static void GatherBytes(ByteArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Count; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Channels);
            float value = a.Tensor.Load(at.Row, at.Column);

            // NaN is not above 0.
            float clipped = value > 0 ? (value < 1 ? value : 1) : 0;
            a.Bytes[flat] = (byte)(int)(clipped * 255);
        }
    }

    /// <summary>A tensor and its values without gaps.</summary>
    internal readonly struct MoveArguments(TensorView tensor, ArrayView<float> dense, int channels)
    {
        public readonly TensorView Tensor = tensor;
        public readonly ArrayView<float> Dense = dense;
        public readonly int Channels = channels;
    }

    /// <summary>A tensor and its values as bytes.</summary>
    internal readonly struct ByteArguments(TensorView tensor, ArrayView<byte> bytes, int channels, long count)
    {
        public readonly TensorView Tensor = tensor;
        public readonly ArrayView<byte> Bytes = bytes;
        public readonly int Channels = channels;
        public readonly long Count = count;
    }
}
