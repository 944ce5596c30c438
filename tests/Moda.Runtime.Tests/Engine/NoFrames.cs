using Moda.Runtime.Observation;

namespace Moda.Runtime.Tests.Engine;

/// <summary>Has none of a clip's frames rendered: the clip ends with its motion, which takes a tenth of the time.</summary>
internal sealed class NoFrames : ClipObserver
{
    public override IReadOnlySet<int> Frames { get; } = new HashSet<int>();
}
