using System.Diagnostics;

namespace Moda.Runtime;

/// <summary>How long each stage of a generation took.</summary>
public sealed class StageTimes
{
    private readonly TimeSpan[] times = new TimeSpan[Enum.GetValues<GenerationStage>().Length];

    /// <summary>The time of a stage; zero where it did not run.</summary>
    public TimeSpan this[GenerationStage stage] => times[(int)stage];

    /// <summary>Adds the time until the result is disposed.</summary>
    internal Measurement Measure(GenerationStage stage) => new(this, stage, Stopwatch.GetTimestamp());

    internal void Add(GenerationStage stage, TimeSpan time) => times[(int)stage] += time;

    internal readonly record struct Measurement(StageTimes Times, GenerationStage Stage, long Start) : IDisposable
    {
        public void Dispose() => Times.Add(Stage, Stopwatch.GetElapsedTime(Start));
    }
}
