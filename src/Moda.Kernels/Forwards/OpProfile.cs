using System.Diagnostics;

namespace Moda.Kernels.Forwards;

/// <summary>Times the ops of a forward: waits for each one before the next begins.</summary>
internal sealed class OpProfile(Device device)
{
    private readonly List<OpTiming> timings = [];
    private (string Op, Shape Output, long MultiplyAdds)? current;
    private long began;

    /// <summary>Ends the op before, if any, and begins the next.</summary>
    public void Begin(string op, Shape output, long multiplyAdds)
    {
        Finish();
        current = (op, output, multiplyAdds);
        began = Stopwatch.GetTimestamp();
    }

    /// <summary>Ends the last op.</summary>
    /// <returns>The times of all ops, in their order.</returns>
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
