namespace Moda.Kernels.Cpu.Matrix;

/// <summary>Spans over native memory of any length.</summary>
internal static unsafe class NativeSpan
{
    /// <summary>Sets elements to zero.</summary>
    public static void Clear(float* destination, long count)
    {
        for (long done = 0; done < count;)
        {
            int part = (int)Math.Min(count - done, 1 << 28);
            new Span<float>(destination + done, part).Clear();
            done += part;
        }
    }
}
