using ILGPU;

namespace Moda.Kernels.Ilgpu.Execution;

/// <summary>
/// Sums and maxima over the threads of a group, in an order that depends only on the number of threads, which is a power of two.
/// Every thread of the group calls them.
/// </summary>
internal static class GroupReduction
{
    /// <summary>The most threads of a group.</summary>
    public const int MostThreads = 256;

    /// <summary>The sum of a value of each thread, for every thread.</summary>
    /// <param name="value">The thread's value.</param>
    /// <param name="shared">Memory of the group for <see cref="MostThreads"/> values.</param>
    public static float Sum(float value, ArrayView<float> shared)
    {
        Begin(value, shared);
        for (int half = Group.DimX / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
            {
                shared[Group.IdxX] += shared[Group.IdxX + half];
            }

            Group.Barrier();
        }

        return shared[0];
    }

    /// <summary>The largest of a value of each thread, for every thread.</summary>
    /// <param name="value">The thread's value.</param>
    /// <param name="shared">Memory of the group for <see cref="MostThreads"/> values.</param>
    public static float Maximum(float value, ArrayView<float> shared)
    {
        Begin(value, shared);
        for (int half = Group.DimX / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
            {
                shared[Group.IdxX] = MathF.Max(shared[Group.IdxX], shared[Group.IdxX + half]);
            }

            Group.Barrier();
        }

        return shared[0];
    }

    // Threads may still read the result of the reduction before.
    private static void Begin(float value, ArrayView<float> shared)
    {
        Group.Barrier();
        shared[Group.IdxX] = value;
        Group.Barrier();
    }
}
