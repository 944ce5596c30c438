namespace Moda.Runtime.Options;

/// <summary>How a video is lip-synced. The defaults are the reference's.</summary>
public sealed record DubbingOptions
{
    /// <summary>How long the dubbed video is.</summary>
    public DubbingLength Length { get; init; } = DubbingLength.Video;

    /// <summary>
    /// How the lips are generated and the face is put back. Whatever the driving options say, the region is the lips, and they are taken from
    /// the voice as they are; smoothing is by Kalman or none. The pace is offline.
    /// </summary>
    public GenerationOptions Generation { get; init; } = new()
    {
        PasteBack = PasteBackMode.Laplacian,
        Driving = DrivingOptions.ForLipSync with { Smoothing = MotionSmoothing.Kalman },
    };

    /// <summary>Throws where an option is no number, out of range, or not for videos.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It names the option.</exception>
    /// <exception cref="ArgumentException">It names the option.</exception>
    internal void Validate()
    {
        OptionChecks.RequireDefined(Length);
        Generation.ValidateForVideo();
        OptionChecks.Require(
            Generation.Driving.Smoothing != MotionSmoothing.ExponentialMovingAverage,
            $"A video is dubbed otherwise: {nameof(DrivingOptions.Smoothing)} is by Kalman or none.");
        OptionChecks.Require(
            !Generation.Driving.NormalizeEyes && !Generation.Driving.RetargetEyes && !Generation.Driving.RetargetLip,
            "A video is dubbed otherwise: eyes stay as they are, and lips follow the voice only.");
    }
}

/// <summary>How long a dubbed video is, where video and voice differ.</summary>
public enum DubbingLength
{
    /// <summary>As long as the video: lips rest when the voice has ended; a longer voice is cut off.</summary>
    Video,

    /// <summary>As long as the voice: a shorter video ends with its last frame, which goes on speaking; a longer one is cut off.</summary>
    Audio,

    /// <summary>As long as the shorter of both.</summary>
    Shortest,
}
