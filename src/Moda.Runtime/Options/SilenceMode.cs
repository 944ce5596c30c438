namespace Moda.Runtime.Options;

/// <summary>Where silence is added to the speech, so that the face starts or ends at rest.</summary>
public enum SilenceMode
{
    /// <summary>After the speech, the reference's default.</summary>
    Post,

    /// <summary>Before the speech.</summary>
    Pre,

    /// <summary>Before and after it.</summary>
    Both,

    /// <summary>Nowhere; then pre-emphasis and the 16-bit round trip, which come with it, are left out too.</summary>
    None,
}
