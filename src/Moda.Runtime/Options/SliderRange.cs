namespace Moda.Runtime.Options;

/// <summary>How far a slider of <see cref="FacePose"/> goes. There is one for each: LivePortrait's ranges, in which a face stays a face.</summary>
/// <param name="Least">Its least value.</param>
/// <param name="Most">Its largest value.</param>
public readonly record struct SliderRange(double Least, double Most)
{
    /// <summary>Of <see cref="FacePose.Pitch"/>, in degrees.</summary>
    public static SliderRange Pitch { get; } = new(-15, 15);

    /// <summary>Of <see cref="FacePose.Yaw"/>, in degrees.</summary>
    public static SliderRange Yaw { get; } = new(-25, 25);

    /// <summary>Of <see cref="FacePose.Roll"/>, in degrees.</summary>
    public static SliderRange Roll { get; } = new(-15, 15);

    /// <summary>Of <see cref="FacePose.X"/>.</summary>
    public static SliderRange X { get; } = new(-0.19, 0.19);

    /// <summary>Of <see cref="FacePose.Y"/>.</summary>
    public static SliderRange Y { get; } = new(-0.19, 0.19);

    /// <summary>Of <see cref="FacePose.Zoom"/>.</summary>
    public static SliderRange Zoom { get; } = new(0.9, 1.2);

    /// <summary>Of <see cref="FacePose.EyeOpening"/> and <see cref="FacePose.LipOpening"/>.</summary>
    public static SliderRange Opening { get; } = new(0, 0.8);

    /// <summary>Of <see cref="FacePose.Smile"/>.</summary>
    public static SliderRange Smile { get; } = new(-0.3, 1.3);

    /// <summary>Of <see cref="FacePose.Wink"/>.</summary>
    public static SliderRange Wink { get; } = new(0, 39);

    /// <summary>Of <see cref="FacePose.Eyebrow"/>.</summary>
    public static SliderRange Eyebrow { get; } = new(-30, 30);

    /// <summary>Of <see cref="FacePose.GazeX"/>.</summary>
    public static SliderRange GazeX { get; } = new(-30, 30);

    /// <summary>Of <see cref="FacePose.GazeY"/>.</summary>
    public static SliderRange GazeY { get; } = new(-63, 63);

    /// <summary>Of <see cref="FacePose.Pout"/>.</summary>
    public static SliderRange Pout { get; } = new(-0.09, 0.09);

    /// <summary>Of <see cref="FacePose.Purse"/>.</summary>
    public static SliderRange Purse { get; } = new(-20, 15);

    /// <summary>Of <see cref="FacePose.Grin"/>.</summary>
    public static SliderRange Grin { get; } = new(0, 15);

    /// <summary>Of <see cref="FacePose.LipParting"/>.</summary>
    public static SliderRange LipParting { get; } = new(-90, 120);
}
