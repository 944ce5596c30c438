namespace Moda.Runtime.Scheduling;

/// <summary>How many batches there were and what they held. Written under the scheduler's lock; read when nothing runs, or roughly.</summary>
internal sealed class BatchCounts
{
    /// <summary>The elements of all batches.</summary>
    public long Elements { get; private set; }

    /// <summary>How many batches there were.</summary>
    public long Batches { get; private set; }

    /// <summary>Counts a batch.</summary>
    public void Add(int elements)
    {
        Elements += elements;
        Batches++;
    }
}
