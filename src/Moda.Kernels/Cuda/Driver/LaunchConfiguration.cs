namespace Moda.Kernels.Cuda.Driver;

/// <summary>Extents of a grid, a block or a cluster; none is below 1.</summary>
internal readonly record struct LaunchExtents(int X, int Y = 1, int Z = 1)
{
    /// <summary>The product.</summary>
    public long Count => (long)X * Y * Z;

    /// <inheritdoc/>
    public override string ToString() => $"{X}x{Y}x{Z}";
}

/// <summary>How a kernel is spread over the device.</summary>
/// <param name="Grid">Blocks.</param>
/// <param name="Block">Threads of a block.</param>
/// <param name="DynamicSharedBytes">Dynamic shared memory of a block.</param>
internal readonly record struct LaunchConfiguration(LaunchExtents Grid, LaunchExtents Block, int DynamicSharedBytes = 0)
{
    private const int MaximumGridYZ = 65535;
    private const int MaximumThreads = 1024;
    private const int MaximumBlockZ = 64;

    /// <summary>Blocks of a cluster, which share their shared memory; needs compute capability 9.0. Default: no clusters.</summary>
    public LaunchExtents Cluster { get; init; } = new(1);

    /// <summary>
    /// Whether the kernel may start before the previous one of its stream has ended: it then waits by itself where it needs
    /// the other's results (<c>griddepcontrol.wait</c>). Needs compute capability 9.0.
    /// </summary>
    public bool OverlapsPrevious { get; init; }

    /// <summary>Whether only <c>cuLaunchKernelEx</c> can say this.</summary>
    public bool NeedsAttributes => OverlapsPrevious || Cluster.Count > 1;

    /// <summary>One thread for each of a number of elements.</summary>
    /// <param name="count">Elements; the kernel strides over what exceeds the largest grid.</param>
    /// <param name="threads">Threads of a block.</param>
    public static LaunchConfiguration ForElements(long count, int threads = 256) =>
        new(new LaunchExtents((int)Math.Clamp((count + threads - 1) / threads, 1, int.MaxValue)), new LaunchExtents(threads));

    /// <summary>Why no device can launch this; null when it can be tried.</summary>
    public string? FindFault()
    {
        if (Grid.X < 1 || Grid.Y < 1 || Grid.Z < 1 || Block.X < 1 || Block.Y < 1 || Block.Z < 1)
        {
            return "every extent must be at least 1";
        }

        if (Grid.Y > MaximumGridYZ || Grid.Z > MaximumGridYZ)
        {
            return $"a grid has at most {MaximumGridYZ} blocks in Y and Z";
        }

        if (Block.Count > MaximumThreads || Block.Z > MaximumBlockZ)
        {
            return $"a block has at most {MaximumThreads} threads, {MaximumBlockZ} of them in Z";
        }

        return Grid.X % Cluster.X != 0 || Grid.Y % Cluster.Y != 0 || Grid.Z % Cluster.Z != 0
            ? $"the grid is not a whole number of clusters {Cluster}"
            : null;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string clusters = Cluster.Count > 1 ? $", clusters {Cluster}" : string.Empty;
        return $"grid {Grid}, block {Block}, {DynamicSharedBytes} dynamic shared bytes{clusters}";
    }
}
