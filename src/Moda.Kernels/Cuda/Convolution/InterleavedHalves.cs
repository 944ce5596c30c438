using Moda.Kernels.Parameters;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>Values whose two halves take turns, block by block: a block of the first half, one of the second, and so on.</summary>
/// <param name="values">The first half, then the second; each is a number of blocks.</param>
/// <param name="blockLength">Values of a block.</param>
internal sealed class InterleavedHalves(ParameterValues values, int blockLength) : ParameterValues(values.Count)
{
    public override void ReadRange(int first, Span<float> destination)
    {
        while (!destination.IsEmpty)
        {
            (int block, int place) = Math.DivRem(first, blockLength);
            int count = Math.Min(blockLength - place, destination.Length);
            int source = (block % 2 * (Count / 2)) + (block / 2 * blockLength) + place;
            values.ReadRange(source, destination[..count]);
            destination = destination[count..];
            first += count;
        }
    }
}
