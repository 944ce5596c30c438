using Moda.Runtime;
using Moda.Runtime.Audio;

namespace Moda.Cli.Commands;

/// <summary>The faces of a clip on the engine's device, from left to right, and readers of their voices, which it does not own.</summary>
internal sealed class Speakers : IDisposable
{
    private readonly List<(PreparedPortrait Portrait, ISampleReader? Voice)> speakers = [];

    /// <summary>The first face and its voice; null where it has none.</summary>
    public (PreparedPortrait Portrait, ISampleReader? Voice) First => speakers[0];

    /// <summary>All of them, where each face has a voice.</summary>
    public IReadOnlyList<SpeakingFace> Faces => [.. speakers.Select(speaker => new SpeakingFace(speaker.Portrait, speaker.Voice!))];

    /// <summary>Takes over a face.</summary>
    public void Add(PreparedPortrait portrait, ISampleReader? voice) => speakers.Add((portrait, voice));

    /// <summary>Disposes the faces.</summary>
    public void Dispose() => speakers.ForEach(speaker => speaker.Portrait.Dispose());
}
