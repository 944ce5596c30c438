namespace Moda.Runtime.Options;

/// <summary>How a picture becomes a portrait: how large its frames may be, and how the face is framed. The defaults are the reference's, but for what lies beyond the picture.</summary>
public sealed record PortraitOptions
{
    /// <summary>The longest side that frames have where nothing else is asked for, in pixels.</summary>
    public const int DefaultLongestSide = 1920;

    private const int SmallestLongestSide = 16;
    private const int LargestLongestSide = 100_000;

    /// <summary>The longest side of the frames, in pixels, 16 to 100,000; larger pictures are scaled down.</summary>
    public int LongestSide { get; init; } = DefaultLongestSide;

    /// <summary>How much around the face is cut out for the networks.</summary>
    public FaceRegionOptions Framing { get; init; } = FaceRegionOptions.Source;

    /// <summary>What the networks see where the crop reaches beyond the picture; the reference's is <see cref="BorderMode.Black"/>.</summary>
    internal BorderMode Border { get; init; } = BorderMode.Replicate;

    /// <summary>Throws where a number is NaN or out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It names the option.</exception>
    internal void Validate()
    {
        OptionChecks.RequireRange(LongestSide, SmallestLongestSide, LargestLongestSide);
        OptionChecks.RequireDefined(Border);
        Framing.Validate();
    }
}
