using Moda.Cli.Configuration;
using Moda.Cli.Terminal;
using Moda.Onnx.Voices;
using Moda.Runtime.Audio;

namespace Moda.Cli.Commands;

/// <summary>The voices of a clip: one that all faces speak with, one for each of several faces, or none.</summary>
internal sealed class ClipVoices : IAsyncDisposable
{
    // By the names of their files: what is heard of each, and what lips follow. Both are one where nothing was separated.
    private readonly Dictionary<string, SoundTrack> heard = [];
    private readonly Dictionary<string, SoundTrack> followed = [];
    private readonly List<ISampleReader> readers = [];
    private readonly string? shared;
    private readonly IReadOnlyDictionary<int, string> named;
    private SoundTrack? mix;

    private ClipVoices(string? shared, IReadOnlyDictionary<int, string> named)
    {
        this.shared = shared;
        this.named = named;
    }

    /// <summary>What the video sounds like: the one voice, or all of them mixed; null for none.</summary>
    public SoundTrack? Sound => mix ?? heard.Values.FirstOrDefault();

    /// <summary>Opens what a face speaks; null where there is no voice. The reader is disposed with the voices.</summary>
    /// <param name="face">Its number.</param>
    public ISampleReader? Open(int face)
    {
        if ((named.Count > 0 ? named[face] : shared) is not { } file)
        {
            return null;
        }

        readers.Add(followed[file].OpenSpeech());
        return readers[^1];
    }

    /// <summary>Decodes the voices.</summary>
    /// <param name="shared">The file of the voice that all faces speak with; null for none.</param>
    /// <param name="named">The files of voices by the numbers of their faces, instead of that.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<ClipVoices> DecodeAsync(string? shared, IReadOnlyDictionary<int, string> named, CancellationToken cancellation)
    {
        var voices = new ClipVoices(shared, named);
        try
        {
            foreach (string file in (named.Count > 0 ? named.Values : new[] { shared }.OfType<string>()).Distinct())
            {
                voices.heard.Add(file, await SoundTrack.DecodeAsync(file, cancellationToken: cancellation));
                voices.followed.Add(file, voices.heard[file]);
            }

            voices.mix = voices.heard.Count > 1 ? await SoundTrack.MixAsync([.. voices.heard.Values], cancellation) : null;
            return voices;
        }
        catch
        {
            await voices.DisposeAsync();
            throw;
        }
    }

    /// <summary>Refuses voices of faces that were not chosen, and faces without a voice.</summary>
    /// <param name="faces">The numbers of the chosen faces.</param>
    /// <param name="named">The files of voices by the numbers of their faces; empty where all have one.</param>
    /// <exception cref="ConfigurationException">A voice or a face is left over.</exception>
    public static void RequireOneEach(IReadOnlyList<int> faces, IReadOnlyDictionary<int, string> named)
    {
        if (named.Count == 0)
        {
            return;
        }

        if (named.Keys.Except(faces).Order().ToArray() is [int strange, ..])
        {
            throw new ConfigurationException($"--voice {strange}={named[strange]} is the voice of a face that is not among the chosen ones: {string.Join(", ", faces)}.");
        }

        if (faces.Except(named.Keys).Order().ToArray() is [int silent, ..])
        {
            throw new ConfigurationException($"Face {silent} has no voice; give --voice {silent}=FILE, or one voice for all faces by --audio.");
        }
    }

    /// <summary>Separates the voices from music, for the lips only.</summary>
    /// <param name="separator">What separates.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task SeparateAsync(VocalSeparator separator, StageProgress progress, CancellationToken cancellation)
    {
        foreach ((string file, SoundTrack sound) in heard)
        {
            followed[file] = await separator.SeparateAsync(sound, new SeparationReport(progress, sound.Duration), cancellation);
        }
    }

    /// <summary>Removes what was decoded.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (ISampleReader reader in readers)
        {
            await reader.DisposeAsync();
        }

        foreach (SoundTrack track in heard.Values.Concat(followed.Values).Append(mix).OfType<SoundTrack>().Distinct())
        {
            await track.DisposeAsync();
        }
    }

    /// <summary>The separation of a voice as a bar of the terminal.</summary>
    private sealed class SeparationReport(StageProgress progress, TimeSpan duration) : IProgress<TimeSpan>
    {
        public void Report(TimeSpan value) => progress.Report("Separating the voice (seconds)", value.TotalSeconds, duration.TotalSeconds);
    }
}
