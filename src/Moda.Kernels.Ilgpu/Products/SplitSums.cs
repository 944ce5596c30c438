using ILGPU;
using Moda.Kernels.Ilgpu.Execution;

namespace Moda.Kernels.Ilgpu.Products;

/// <summary>The second kernel of a product whose sums are split.</summary>
internal static class SplitSums
{
    /// <summary>Adds the ranges of each output's terms in their order, a thread for each output element.</summary>
    public static void Add(SplitArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Count; flat += ElementPosition.Step)
        {
            float sum = 0;
            for (long place = flat; place < a.Partial.Length; place += a.Count)
            {
                sum += a.Partial[place];
            }

            var at = ElementPosition.Of(flat, a.Channels);
            a.Epilogue.Store(at.Row, at.Column, sum);
        }
    }
}

/// <summary>Partial sums [splits, positions, channels], and what follows their sum.</summary>
internal readonly struct SplitArguments(ArrayView<float> partial, long count, int channels, ProductEpilogue epilogue)
{
    public readonly ArrayView<float> Partial = partial;
    public readonly ProductEpilogue Epilogue = epilogue;

    /// <summary>Output elements.</summary>
    public readonly long Count = count;

    public readonly int Channels = channels;
}
