using System.Diagnostics;

namespace Moda.Runtime.Progress;

/// <summary>
/// How long each stage of a clip was at work. Stages overlap, so their sum may exceed the time that has passed. Any thread may read it, also
/// while the clip is made.
/// </summary>
internal sealed class StageTimes
{
    private readonly Lock gate = new();
    private readonly Stage[] stages = new Stage[Enum.GetValues<GenerationStage>().Length];

    /// <summary>The time in which at least one thread was at a stage; zero where it did not run.</summary>
    public TimeSpan this[GenerationStage stage]
    {
        get
        {
            lock (gate)
            {
                return stages[(int)stage].Time;
            }
        }
    }

    /// <summary>Counts a thread as being at a stage until the result is disposed.</summary>
    public Measurement Measure(GenerationStage stage)
    {
        Enter(stage);
        return new Measurement(this, stage);
    }

    /// <summary>One more thread is at a stage.</summary>
    public void Enter(GenerationStage stage)
    {
        lock (gate)
        {
            ref Stage own = ref stages[(int)stage];
            if (own.Threads++ == 0)
            {
                own.Start = Stopwatch.GetTimestamp();
            }
        }
    }

    /// <summary>A thread has left a stage.</summary>
    public void Leave(GenerationStage stage)
    {
        lock (gate)
        {
            ref Stage own = ref stages[(int)stage];
            if (--own.Threads == 0)
            {
                own.Time += Stopwatch.GetElapsedTime(own.Start);
            }
        }
    }

    internal readonly record struct Measurement(StageTimes Times, GenerationStage Stage) : IDisposable
    {
        public void Dispose() => Times.Leave(Stage);
    }

    private struct Stage
    {
        public TimeSpan Time;
        public int Threads;
        public long Start;
    }
}
