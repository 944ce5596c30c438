using Moda.Runtime.Audio;

namespace Moda.Runtime.Sessions;

/// <summary>
/// Voices that end together: silence follows each until the longest has ended, so that its face comes to rest. Several threads may read
/// them at once, each its own.
/// </summary>
internal sealed class JointVoices
{
    private readonly Lock gate = new();
    private readonly List<ISampleReader> voices = [];
    private long longest;
    private int speaking;
    private TaskCompletionSource progressed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // That of the longest voice.
    private long? Length => voices.All(voice => voice.KnownLength() is not null) ? voices.Max(voice => voice.KnownLength()) : null;

    /// <summary>Adds a voice, before any is read.</summary>
    /// <param name="voice">The voice; the caller owns it.</param>
    /// <returns>It, with silence behind it.</returns>
    public ISampleReader Add(ISampleReader voice)
    {
        voices.Add(voice);
        speaking++;
        return new Reader(this, voice);
    }

    // Samples that some voice has; a task that ends once there are more or the last voice has ended; whether it has.
    private (long Longest, bool HaveEnded, Task Progress) Look()
    {
        lock (gate)
        {
            return (longest, speaking == 0, progressed.Task);
        }
    }

    private void Reach(long position, bool hasEnded)
    {
        lock (gate)
        {
            if (position <= longest && !hasEnded)
            {
                return;
            }

            longest = Math.Max(longest, position);
            speaking -= hasEnded ? 1 : 0;
            progressed.SetResult();
            progressed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private sealed class Reader(JointVoices joint, ISampleReader voice) : IMeasuredReader
    {
        private long position;
        private bool hasEnded;

        public string Description => voice.Description;

        public int SampleRate => voice.SampleRate;

        public long? Length => joint.Length;

        public async ValueTask<int> ReadAsync(Memory<float> destination, CancellationToken cancellationToken = default)
        {
            if (!hasEnded)
            {
                int read = await voice.ReadAsync(destination, cancellationToken).ConfigureAwait(false);
                position += read;
                hasEnded = read == 0;
                joint.Reach(position, hasEnded);
                if (read > 0)
                {
                    return read;
                }
            }

            // A voice without a sample stays one, and is refused.
            return position == 0 ? 0 : await BeSilentAsync(destination, cancellationToken).ConfigureAwait(false);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private async ValueTask<int> BeSilentAsync(Memory<float> destination, CancellationToken cancellationToken)
        {
            while (true)
            {
                (long longest, bool haveEnded, Task progress) = joint.Look();
                if (longest > position || haveEnded)
                {
                    int count = (int)Math.Min(destination.Length, longest - position);
                    destination.Span[..count].Clear();
                    position += count;
                    return count;
                }

                await progress.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
