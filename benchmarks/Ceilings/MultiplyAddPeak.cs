using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Moda.Benchmarks.Ceilings;

/// <summary>The multiply-adds that the cores can do when nothing else is asked of them: the roof of every matrix product.</summary>
internal static class MultiplyAddPeak
{
    private const int Iterations = 5_000_000;
    private const int Chains = 12;

    /// <summary>Floating-point operations per second, in billions, with all threads at once; the best of five.</summary>
    public static double Measure(int threadCount)
    {
        double best = 0;
        for (int repetition = 0; repetition < 5; repetition++)
        {
            var threads = new Thread[threadCount];
            for (int i = 0; i < threadCount; i++)
            {
                threads[i] = new Thread(() => Run());
            }

            long start = Stopwatch.GetTimestamp();
            foreach (Thread thread in threads)
            {
                thread.Start();
            }

            foreach (Thread thread in threads)
            {
                thread.Join();
            }

            double operations = 2.0 * Chains * Lanes * Iterations * threadCount;
            best = Math.Max(best, operations / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9);
        }

        return best;
    }

    private static int Lanes => Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;

    private static float Run() =>
        Vector512.IsHardwareAccelerated ? Run512() : Vector256.IsHardwareAccelerated ? Run256() : Run128();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Run512()
    {
        Vector512<float> factor = Vector512.Create(0.999f);
        Vector512<float> addend = Vector512.Create(0.001f);
        Vector512<float> sum0 = addend, sum1 = addend, sum2 = addend, sum3 = addend, sum4 = addend, sum5 = addend;
        Vector512<float> sum6 = addend, sum7 = addend, sum8 = addend, sum9 = addend, sum10 = addend, sum11 = addend;
        for (int i = 0; i < Iterations; i++)
        {
            sum0 = Vector512.MultiplyAddEstimate(sum0, factor, addend);
            sum1 = Vector512.MultiplyAddEstimate(sum1, factor, addend);
            sum2 = Vector512.MultiplyAddEstimate(sum2, factor, addend);
            sum3 = Vector512.MultiplyAddEstimate(sum3, factor, addend);
            sum4 = Vector512.MultiplyAddEstimate(sum4, factor, addend);
            sum5 = Vector512.MultiplyAddEstimate(sum5, factor, addend);
            sum6 = Vector512.MultiplyAddEstimate(sum6, factor, addend);
            sum7 = Vector512.MultiplyAddEstimate(sum7, factor, addend);
            sum8 = Vector512.MultiplyAddEstimate(sum8, factor, addend);
            sum9 = Vector512.MultiplyAddEstimate(sum9, factor, addend);
            sum10 = Vector512.MultiplyAddEstimate(sum10, factor, addend);
            sum11 = Vector512.MultiplyAddEstimate(sum11, factor, addend);
        }

        return Vector512.Sum(sum0 + sum1 + sum2 + sum3 + sum4 + sum5 + sum6 + sum7 + sum8 + sum9 + sum10 + sum11);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Run256()
    {
        Vector256<float> factor = Vector256.Create(0.999f);
        Vector256<float> addend = Vector256.Create(0.001f);
        Vector256<float> sum0 = addend, sum1 = addend, sum2 = addend, sum3 = addend, sum4 = addend, sum5 = addend;
        Vector256<float> sum6 = addend, sum7 = addend, sum8 = addend, sum9 = addend, sum10 = addend, sum11 = addend;
        for (int i = 0; i < Iterations; i++)
        {
            sum0 = Vector256.MultiplyAddEstimate(sum0, factor, addend);
            sum1 = Vector256.MultiplyAddEstimate(sum1, factor, addend);
            sum2 = Vector256.MultiplyAddEstimate(sum2, factor, addend);
            sum3 = Vector256.MultiplyAddEstimate(sum3, factor, addend);
            sum4 = Vector256.MultiplyAddEstimate(sum4, factor, addend);
            sum5 = Vector256.MultiplyAddEstimate(sum5, factor, addend);
            sum6 = Vector256.MultiplyAddEstimate(sum6, factor, addend);
            sum7 = Vector256.MultiplyAddEstimate(sum7, factor, addend);
            sum8 = Vector256.MultiplyAddEstimate(sum8, factor, addend);
            sum9 = Vector256.MultiplyAddEstimate(sum9, factor, addend);
            sum10 = Vector256.MultiplyAddEstimate(sum10, factor, addend);
            sum11 = Vector256.MultiplyAddEstimate(sum11, factor, addend);
        }

        return Vector256.Sum(sum0 + sum1 + sum2 + sum3 + sum4 + sum5 + sum6 + sum7 + sum8 + sum9 + sum10 + sum11);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Run128()
    {
        Vector128<float> factor = Vector128.Create(0.999f);
        Vector128<float> addend = Vector128.Create(0.001f);
        Vector128<float> sum0 = addend, sum1 = addend, sum2 = addend, sum3 = addend, sum4 = addend, sum5 = addend;
        Vector128<float> sum6 = addend, sum7 = addend, sum8 = addend, sum9 = addend, sum10 = addend, sum11 = addend;
        for (int i = 0; i < Iterations; i++)
        {
            sum0 = Vector128.MultiplyAddEstimate(sum0, factor, addend);
            sum1 = Vector128.MultiplyAddEstimate(sum1, factor, addend);
            sum2 = Vector128.MultiplyAddEstimate(sum2, factor, addend);
            sum3 = Vector128.MultiplyAddEstimate(sum3, factor, addend);
            sum4 = Vector128.MultiplyAddEstimate(sum4, factor, addend);
            sum5 = Vector128.MultiplyAddEstimate(sum5, factor, addend);
            sum6 = Vector128.MultiplyAddEstimate(sum6, factor, addend);
            sum7 = Vector128.MultiplyAddEstimate(sum7, factor, addend);
            sum8 = Vector128.MultiplyAddEstimate(sum8, factor, addend);
            sum9 = Vector128.MultiplyAddEstimate(sum9, factor, addend);
            sum10 = Vector128.MultiplyAddEstimate(sum10, factor, addend);
            sum11 = Vector128.MultiplyAddEstimate(sum11, factor, addend);
        }

        return Vector128.Sum(sum0 + sum1 + sum2 + sum3 + sum4 + sum5 + sum6 + sum7 + sum8 + sum9 + sum10 + sum11);
    }
}
