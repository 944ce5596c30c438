using Moda.Runtime.Files;

namespace Moda.Runtime.Audio;

/// <summary>Temporary files for sound that is too long for memory.</summary>
internal static class SoundSpool
{
    private static readonly SpoolKind Sound = new("sound", static (message, cause) => new AudioException(message, cause));

    /// <inheritdoc cref="SpoolFile.Create"/>
    /// <exception cref="AudioException">The folder cannot be written to.</exception>
    public static SpoolFile Create(string? folder = null) => SpoolFile.Create(Sound, folder);
}
