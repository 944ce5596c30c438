namespace Moda.Runtime.Scheduling;

/// <summary>How long batches of each size take, as a moving average. Any thread may read and write.</summary>
/// <param name="largest">The largest size.</param>
internal sealed class BatchTimes(int largest)
{
    private const double Weight = 0.2;

    private readonly double[] seconds = new double[largest + 1];

    /// <summary>The largest size.</summary>
    public int Largest => largest;

    /// <summary>What a batch is expected to take, in seconds; 0 while none was seen.</summary>
    /// <param name="size">Its size.</param>
    public double Expect(int size)
    {
        for (int seen = size; seen <= largest; seen++)
        {
            if (Volatile.Read(ref seconds[seen]) is > 0 and double known)
            {
                return known;
            }
        }

        return 0;
    }

    /// <summary>A batch has taken some time.</summary>
    /// <param name="size">Its size.</param>
    /// <param name="elapsed">How long it took, in seconds.</param>
    public void Add(int size, double elapsed)
    {
        double before = Volatile.Read(ref seconds[size]);
        Volatile.Write(ref seconds[size], before == 0 ? elapsed : before + (Weight * (elapsed - before)));
    }
}
