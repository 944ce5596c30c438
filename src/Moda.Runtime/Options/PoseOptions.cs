namespace Moda.Runtime.Options;

/// <summary>How a posed face becomes a picture. The defaults are LivePortrait's.</summary>
public sealed record PoseOptions
{
    /// <summary>Whether the stitching network fits the keypoints to the portrait's shoulders.</summary>
    public bool Stitching { get; init; } = true;

    /// <summary>How the rendered face is put back into the portrait.</summary>
    public PasteBackMode PasteBack { get; init; } = PasteBackMode.Feather;

    /// <summary>Throws where an option is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It names the option.</exception>
    internal void Validate() => OptionChecks.RequireDefined(PasteBack);
}
