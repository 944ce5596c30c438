using Moda.Runtime;
using Moda.Runtime.Audio;

namespace Moda.Cli.Commands;

/// <summary>The faces of a clip on the engine's device, from left to right, and readers of their voices.</summary>
internal sealed class Speakers : IAsyncDisposable
{
    private readonly List<PreparedPortrait> portraits = [];
    private readonly List<ISampleReader?> voices = [];

    /// <summary>The faces.</summary>
    public IReadOnlyList<PreparedPortrait> Portraits => portraits;

    /// <summary>Their voices; null for a face without one.</summary>
    public IReadOnlyList<ISampleReader?> Voices => voices;

    /// <summary>Both together, where each face has a voice.</summary>
    public IReadOnlyList<SpeakingFace> Faces => [.. portraits.Zip(voices, (portrait, voice) => new SpeakingFace(portrait, voice!))];

    /// <summary>Takes over a face and its voice.</summary>
    public void Add(PreparedPortrait portrait, ISampleReader? voice)
    {
        portraits.Add(portrait);
        voices.Add(voice);
    }

    /// <summary>Disposes all of them.</summary>
    public async ValueTask DisposeAsync()
    {
        portraits.ForEach(portrait => portrait.Dispose());
        foreach (ISampleReader voice in voices.OfType<ISampleReader>())
        {
            await voice.DisposeAsync();
        }
    }
}
