namespace Moda.Kernels.Cpu.Kernels;

/// <summary>
/// Linear interpolation along one axis with zeros outside: two neighbours and their weights.
/// A neighbour that lies outside has weight 0 and an index inside, so that it may be read without a check.
/// </summary>
internal readonly struct AxisSample
{
    /// <summary>The neighbour below.</summary>
    public readonly int First;

    /// <summary>The neighbour above.</summary>
    public readonly int Second;

    /// <summary>The weight of the neighbour below.</summary>
    public readonly float FirstWeight;

    /// <summary>The weight of the neighbour above.</summary>
    public readonly float SecondWeight;

    /// <summary>Samples at a coordinate in [-1, 1] with <c>align_corners = false</c>.</summary>
    /// <param name="coordinate">-1 and 1 are the outer edges of the first and the last voxel; NaN lies outside.</param>
    /// <param name="extent">Voxels along the axis.</param>
    public AxisSample(double coordinate, int extent)
    {
        double position = ((coordinate + 1) * extent - 1) * 0.5;
        if (!(position > -1 && position < extent))
        {
            return;
        }

        int first = (int)Math.Floor(position);
        double fraction = position - first;
        FirstWeight = first < 0 ? 0 : (float)(1 - fraction);
        SecondWeight = first + 1 < extent ? (float)fraction : 0;
        First = Math.Max(first, 0);
        Second = Math.Min(first + 1, extent - 1);
    }

    /// <summary>Whether the coordinate lies outside.</summary>
    public bool IsOutside => FirstWeight == 0 && SecondWeight == 0;

    /// <summary>The coordinate of a voxel's centre in a grid that runs from -1 to 1 over the centres.</summary>
    public static double GridCoordinate(int index, int extent) => extent == 1 ? -1 : 2.0 * index / (extent - 1) - 1;
}
