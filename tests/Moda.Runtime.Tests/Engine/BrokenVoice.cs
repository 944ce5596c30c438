using Moda.Runtime.Audio;

namespace Moda.Runtime.Tests.Engine;

/// <summary>A voice that cannot be read, and that says so after a while.</summary>
internal sealed class BrokenVoice : ISampleReader
{
    public string Description => "a broken voice";

    public int SampleRate => Waveform.SampleRate;

    public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
    {
        await Task.Delay(100, cancellationToken);
        throw new AudioException("a broken voice: it is broken.");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
