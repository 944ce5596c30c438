using System.Runtime.CompilerServices;

namespace Moda.Runtime.Options;

/// <summary>
/// How a portrait's face is posed: LivePortrait's sliders. What is left out changes nothing; the default value is the portrait's own pose.
/// <see cref="SliderRange"/> has the ranges.
/// </summary>
/// <remarks>docs/motion.md shows what each slider does.</remarks>
public readonly record struct FacePose
{
    private readonly double zoomChange;

    /// <summary>Degrees that the head is lowered by, -15 to 15.</summary>
    public double Pitch { get; init; }

    /// <summary>Degrees that the head is turned by, -25 to 25.</summary>
    public double Yaw { get; init; }

    /// <summary>Degrees that the head is tilted by, -15 to 15.</summary>
    public double Roll { get; init; }

    /// <summary>How far the head moves sideways, -0.19 to 0.19 of half the crop.</summary>
    public double X { get; init; }

    /// <summary>How far the head moves up or down, -0.19 to 0.19 of half the crop.</summary>
    public double Y { get; init; }

    /// <summary>How large the head is, 0.9 to 1.2; 1 is its own size.</summary>
    public double Zoom
    {
        get => 1 + zoomChange;
        init => zoomChange = value - 1;
    }

    /// <summary>How far the eyes are open, height over width, 0 to 0.8; null as they are. It needs 203 or 68 landmarks of the portrait.</summary>
    public double? EyeOpening { get; init; }

    /// <summary>How far the lips are open, height over width, 0 to 0.8; null as they are. It needs 203 or 68 landmarks of the portrait.</summary>
    public double? LipOpening { get; init; }

    /// <summary>From a sad mouth to a smile, -0.3 to 1.3.</summary>
    public double Smile { get; init; }

    /// <summary>Closes one eye, 0 to 39.</summary>
    public double Wink { get; init; }

    /// <summary>Raises the brows above 0, frowns below, -30 to 30.</summary>
    public double Eyebrow { get; init; }

    /// <summary>Where the eyes look sideways, -30 to 30.</summary>
    public double GazeX { get; init; }

    /// <summary>Where the eyes look up or down, -63 to 63.</summary>
    public double GazeY { get; init; }

    /// <summary>Moves the mouth sideways, as in pouting, -0.09 to 0.09.</summary>
    public double Pout { get; init; }

    /// <summary>Purses the lips, -20 to 15.</summary>
    public double Purse { get; init; }

    /// <summary>Draws the lips into a grin, 0 to 15.</summary>
    public double Grin { get; init; }

    /// <summary>Presses the lips together below 0 and parts them above, -90 to 120.</summary>
    public double LipParting { get; init; }

    /// <summary>Whether eyes or lips are brought to an opening.</summary>
    internal bool NeedsOpenings => EyeOpening is not null || LipOpening is not null;

    /// <summary>Throws where a slider is no number, or out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It names the slider and its range.</exception>
    internal void Validate()
    {
        Require(Pitch, SliderRange.Pitch);
        Require(Yaw, SliderRange.Yaw);
        Require(Roll, SliderRange.Roll);
        Require(X, SliderRange.X);
        Require(Y, SliderRange.Y);
        Require(Zoom, SliderRange.Zoom);
        Require(Smile, SliderRange.Smile);
        Require(Wink, SliderRange.Wink);
        Require(Eyebrow, SliderRange.Eyebrow);
        Require(GazeX, SliderRange.GazeX);
        Require(GazeY, SliderRange.GazeY);
        Require(Pout, SliderRange.Pout);
        Require(Purse, SliderRange.Purse);
        Require(Grin, SliderRange.Grin);
        Require(LipParting, SliderRange.LipParting);
        Require(EyeOpening ?? 0, SliderRange.Opening, nameof(EyeOpening));
        Require(LipOpening ?? 0, SliderRange.Opening, nameof(LipOpening));
    }

    private static void Require(double value, SliderRange range, [CallerArgumentExpression(nameof(value))] string name = "") =>
        OptionChecks.RequireRange(value, range.Least, range.Most, name);
}
