namespace Moda.Runtime.Options;

/// <summary>How a square around a face is laid out.</summary>
/// <param name="Scale">The square's side over the face's larger extent.</param>
/// <param name="OffsetX">How far the centre moves along the eyes' line, in sides.</param>
/// <param name="OffsetY">How far the centre moves from the eyes to the mouth, in sides; below 0 leaves more room above.</param>
public sealed record FaceRegionOptions(double Scale, double OffsetX, double OffsetY)
{
    private const double SmallestScale = 0.1;
    private const double Largest = 100;

    /// <summary>The source portrait's crop.</summary>
    public static FaceRegionOptions Source { get; } = new(2.3, 0, -0.125);

    /// <summary>What the 203-point landmark model looks at.</summary>
    internal static FaceRegionOptions LandmarkModel { get; } = new(1.5, 0, -0.1);

    /// <summary>A driving video's crop.</summary>
    internal static FaceRegionOptions Driving { get; } = new(2.2, 0, -0.1);

    /// <summary>Throws where a number is NaN or out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It names the option.</exception>
    internal void Validate()
    {
        OptionChecks.RequireRange(Scale, SmallestScale, Largest);
        OptionChecks.RequireRange(OffsetX, -Largest, Largest);
        OptionChecks.RequireRange(OffsetY, -Largest, Largest);
    }
}
