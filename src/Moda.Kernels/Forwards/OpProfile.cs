using System.Diagnostics;

namespace Moda.Kernels.Forwards;

/// <summary>Collects when the ops of a forward begin.</summary>
internal sealed class OpProfile(Device device)
{
    private readonly List<OpTiming> timings = [];
    private (string Op, Shape Output, long MultiplyAdds)? current;
    private long began;

    /// <summary>An op begins, so that the one before it has ended.</summary>
    public void Begin(string op, Shape output, long multiplyAdds)
    {
        Finish();
        current = (op, output, multiplyAdds);
        began = Stopwatch.GetTimestamp();
    }

    /// <summary>The last op has ended.</summary>
    public IReadOnlyList<OpTiming> End()
    {
        Finish();
        return timings;
    }

    private void Finish()
    {
        if (current is { } op)
        {
            device.Synchronize();
            timings.Add(new OpTiming(op.Op, op.Output, op.MultiplyAdds, Stopwatch.GetElapsedTime(began)));
        }

        current = null;
    }
}
