namespace Moda.Kernels.Cuda.Convolution;

/// <summary>A tile of <c>convolution_wgmma.cuh</c> and how long a step of its sum takes.</summary>
/// <param name="Rows">Output positions.</param>
/// <param name="Columns">Output channels.</param>
/// <param name="Microseconds">The time of a step, in microseconds.</param>
internal readonly record struct WarpgroupStepTime(int Rows, int Columns, double Microseconds);

/// <summary>
/// Measured times by which <see cref="WarpgroupConvolution"/> chooses its tiles. A step is 64 input channels of one tap. The times come from
/// the long sums of a batch of 8 frames, with every tile on every layer of the networks.
/// </summary>
internal static class WarpgroupStepTimes
{
    /// <summary>The card that the steps were measured on.</summary>
    public const string Card = "NVIDIA H100";

    /// <summary>A step of the tile that modulates (<c>convolution_modulate.cu</c>), in microseconds.</summary>
    public const double Modulating = 0.68;

    /// <summary>What a split-K reduction takes besides the way of the sums to memory and back, in microseconds.</summary>
    public const double SplitKReduction = 2;

    /// <summary>How fast partial sums are written and read, in bytes for each microsecond.</summary>
    public const double PartialSumSpeed = 4e6;

    /// <summary>Every tile.</summary>
    public static IReadOnlyList<WarpgroupStepTime> All { get; } =
    [
        new(256, 32, 0.30),
        new(512, 32, 0.41),
        new(128, 64, 0.29),
        new(256, 64, 0.39),
        new(128, 128, 0.36),
        new(256, 128, 0.68),
        new(128, 160, 0.42),
        new(256, 160, 0.79),
    ];
}
