using Moda.Weights;

namespace Moda.Runtime.Tests.Networks;

/// <summary>A checkpoint with one tensor missing or of another shape.</summary>
internal sealed class AlteredWeights(ITensorSource original, string name, int[]? shape) : ITensorSource
{
    public string Description => "altered weights";

    public IReadOnlyCollection<string> Names { get; } =
        shape is null ? [.. original.Names.Where(other => other != name)] : original.Names;

    public bool TryGetShape(string tensor, out ReadOnlyMemory<int> extents)
    {
        if (tensor != name)
        {
            return original.TryGetShape(tensor, out extents);
        }

        extents = shape;
        return shape is not null;
    }

    public void Read(string tensor, Span<float> destination)
    {
        destination.Clear();
        if (tensor != name)
        {
            original.Read(tensor, destination);
        }
    }

    public void ReadRange(string tensor, int first, Span<float> destination)
    {
        destination.Clear();
        if (tensor != name)
        {
            original.ReadRange(tensor, first, destination);
        }
    }
}
