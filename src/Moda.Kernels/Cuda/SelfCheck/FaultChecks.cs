using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Errors;

namespace Moda.Kernels.Cuda.SelfCheck;

/// <summary>Checks that what goes wrong becomes an exception, and that the process goes on, with a new context where CUDA gives one.</summary>
internal static class FaultChecks
{
    /// <summary>Runs all that a process can go on from.</summary>
    /// <param name="report">Where the results go.</param>
    /// <param name="open">Opens a new context.</param>
    public static void RunAll(SelfCheckReport report, Func<SelfCheckDevice> open)
    {
        report.Run("too much shared memory is refused, and the context goes on", () =>
        {
            using SelfCheckDevice device = open();
            CudaException failure = Expect(() => LaunchAddConstant(device, new LaunchConfiguration(new(1), new(32), 64 << 20)));
            SelfCheckReport.Require(!failure.IsContextLost, "the context counts as lost");
            KernelChecks.VectorAdd(device);
            return failure.Message;
        });
        report.Run("too little memory is told, and the context goes on", () =>
        {
            using SelfCheckDevice device = open();
            CudaException failure = Expect(() => CudaMemory.Allocate(device.Context, 1L << 45).Dispose());
            SelfCheckReport.Require(failure.IsOutOfMemory, "it does not count as out of memory");
            KernelChecks.VectorAdd(device);
            return failure.Message;
        });
        report.Run("an unknown kernel is named", () =>
        {
            using SelfCheckDevice device = open();
            CudaException failure = Expect(() => device.Function("absent"));
            SelfCheckReport.Require(failure.IsNotFound, "it does not count as not found");
            return failure.Message;
        });
        report.Run("a failed capture leaves a stream that works", () =>
        {
            using SelfCheckDevice device = open();
            CudaException failure;
            using (ContextScope scope = device.Context.Enter())
            {
                device.Stream.BeginCapture();
                failure = Expect(device.Stream.Synchronize);
                device.Stream.AbandonCapture();
            }

            KernelChecks.VectorAdd(device);
            return failure.Message;
        });
    }

    /// <summary>Provokes a fault after which CUDA gives the process no other context: nothing on the GPU can follow.</summary>
    /// <param name="report">Where the result goes.</param>
    /// <param name="open">Opens a new context.</param>
    public static void RunLast(SelfCheckReport report, Func<SelfCheckDevice> open) =>
        report.Run("a fault of a kernel is told, and the process goes on without the GPU", () =>
        {
            CudaException failure = LoseProcess(open);
            CudaException refusal = Expect(() => open().Dispose());
            SelfCheckReport.Require(refusal.IsProcessLost, $"a new context is refused for another reason: {refusal.Message}");
            return failure.Message;
        });

    private static CudaException LoseProcess(Func<SelfCheckDevice> open)
    {
        using SelfCheckDevice device = open();
        using CudaMemory memory = CudaMemory.Allocate(device.Context, 256);
        using ContextScope scope = device.Context.Enter();
        KernelArguments arguments = default;
        arguments.AddPointer(memory.Address);
        device.Launch("write_outside", new LaunchConfiguration(new(1), new(1)), in arguments);
        CudaException failure = Expect(device.Stream.Synchronize);
        SelfCheckReport.Require(failure.IsProcessLost, $"the process does not count as lost: {failure.Message}");
        return failure;
    }

    private static void LaunchAddConstant(SelfCheckDevice device, in LaunchConfiguration configuration)
    {
        KernelArguments arguments = default;
        arguments.AddPointer(0).Add(0).Add(0f);
        device.Launch("add_constant", configuration, in arguments);
    }

    private static CudaException Expect(Action action)
    {
        try
        {
            action();
        }
        catch (CudaException failure)
        {
            return failure;
        }

        throw new InvalidOperationException("nothing was thrown");
    }
}
