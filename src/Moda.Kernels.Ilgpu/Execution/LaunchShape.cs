using ILGPU;
using ILGPU.Runtime;

namespace Moda.Kernels.Ilgpu.Execution;

/// <summary>
/// How many groups and threads the kernels of an accelerator are launched with. Every kernel takes any number of groups, since its
/// groups or threads go over elements or rows with a stride.
/// </summary>
/// <remarks>
/// ILGPU's CPU accelerator simulates each thread of a group by a thread of the operating system, and a barrier takes a fraction of a
/// millisecond. There a group has one thread, whose barriers are free, and one group for each processor.
/// </remarks>
internal sealed class LaunchShape
{
    private const int ElementThreads = 256;
    private const int RowThreads = 128;
    private const int MostGroups = 1 << 20;

    private readonly bool isSimulated;
    private readonly int processors;

    /// <summary>Describes launches on an accelerator.</summary>
    public LaunchShape(Accelerator accelerator)
    {
        isSimulated = accelerator.AcceleratorType == AcceleratorType.CPU;
        processors = accelerator.NumMultiprocessors;
    }

    /// <summary>A thread for each element.</summary>
    /// <param name="count">Elements.</param>
    public KernelConfig ForElements(long count) => isSimulated
        ? Simulated(count)
        : new((int)Math.Min((count + ElementThreads - 1) / ElementThreads, MostGroups), ElementThreads);

    /// <summary>A group for each row. Its threads share the row.</summary>
    /// <param name="rows">Rows.</param>
    public KernelConfig ForRows(long rows) => isSimulated ? Simulated(rows) : new((int)Math.Min(rows, MostGroups), RowThreads);

    private KernelConfig Simulated(long items) => new((int)Math.Min(items, processors), 1);
}
