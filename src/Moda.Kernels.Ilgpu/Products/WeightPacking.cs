using System.Buffers;
using ILGPU;
using ILGPU.Runtime;
using Moda.Kernels.Ilgpu.Execution;
using Moda.Kernels.Ilgpu.Memory;
using Moda.Kernels.Ilgpu.Queues;
using Moda.Kernels.Parameters;

namespace Moda.Kernels.Ilgpu.Products;

/// <summary>Brings weights from the order of a checkpoint into that of the kernels, piece by piece.</summary>
internal sealed class WeightPacking(Accelerator accelerator)
{
    private const int PieceValues = 1 << 21;

    private readonly Kernel<PackArguments> pack = new(accelerator, Pack);

    /// <summary>Packs weights and a bias into memory of a store.</summary>
    public PackedProduct Prepare(
        IlgpuQueue queue, ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, in ConvolutionGeometry geometry, ProductMethod method)
    {
        var layout = new WeightLayout(geometry, method);
        DeviceMemory packed = store.Allocate(layout.Count * sizeof(float));
        ArrayView<float> values = ((IlgpuBlock)packed).Values;
        queue.Clear(values);
        float[] piece = ArrayPool<float>.Shared.Rent(Math.Min(PieceValues, weight.Count));
        try
        {
            for (int first = 0; first < weight.Count; first += PieceValues)
            {
                Span<float> own = piece.AsSpan(0, Math.Min(PieceValues, weight.Count - first));
                weight.Read(first, own);
                ArrayView<float> dense = queue.RentScratch(own.Length);
                queue.Upload(own, dense);
                queue.LaunchForElements(pack, own.Length, new PackArguments(dense, layout, values, first));
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(piece);
        }

        DeviceMemory? biases = null;
        if (!bias.IsEmpty)
        {
            biases = store.Allocate((long)bias.Length * sizeof(float));
            queue.Upload(bias, ((IlgpuBlock)biases).Values);
        }

        // Another queue may be the first to use them.
        queue.Synchronize();
        return new PackedProduct(geometry, method, layout, packed, biases);
    }

    private static void Pack(PackArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Values.Length; flat += ElementPosition.Step)
        {
            a.Packed[a.Layout.PlaceOf(a.First + flat)] = a.Values[flat];
        }
    }

    /// <summary>Values from the first on, and where all are packed.</summary>
    internal readonly struct PackArguments(ArrayView<float> values, WeightLayout layout, ArrayView<float> packed, long first)
    {
        public readonly ArrayView<float> Values = values;
        public readonly WeightLayout Layout = layout;
        public readonly ArrayView<float> Packed = packed;
        public readonly long First = first;
    }
}
