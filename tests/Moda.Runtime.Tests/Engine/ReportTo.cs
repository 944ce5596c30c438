using Moda.Runtime.Progress;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Calls something, on the thread that reports, at each progress.</summary>
internal sealed class ReportTo(Action report) : IProgress<GenerationProgress>
{
    public void Report(GenerationProgress value) => report();
}
