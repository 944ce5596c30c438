using Moda.Kernels.Cuda.Compilation;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Errors;
using Moda.Kernels.Cuda.Inventory;
using Moda.Kernels.Cuda.Libraries;
using Moda.Kernels.Cuda.Nvrtc;
using Moda.Kernels.Selection;

namespace Moda.Kernels.Cuda.SelfCheck;

/// <summary>
/// Proves on a real GPU that the way to it works: every library and every kind of call, against values computed on the host.
/// For a machine that is new, and for a driver that is.
/// </summary>
internal static class CudaSelfCheck
{
    /// <summary>Runs every check on a GPU.</summary>
    /// <param name="output">Gets one line for each check.</param>
    /// <param name="ordinal">The GPU's number.</param>
    /// <param name="libraryFolder">Where to look for CUDA's libraries first; null for the usual places only.</param>
    /// <param name="full">
    /// Whether to provoke faults too, which may disturb other work of this process on the GPU, and to start this program twice
    /// more for the cache that processes share.
    /// </param>
    /// <returns>How many checks failed; 0 also where there is no GPU, which a line says.</returns>
    /// <exception cref="DeviceUnavailableException">There are GPUs, but none of this number.</exception>
    public static int Run(TextWriter output, int ordinal = 0, string? libraryFolder = null, bool full = true)
    {
        CudaLibraries libraries = CudaLibraries.Locate(libraryFolder);
        CudaInventory inventory = CudaDevices.Enumerate(libraries);
        if (SharedCacheCheck.IsChild)
        {
            return SharedCacheCheck.RunChild(libraries, inventory.Devices[ordinal]);
        }

        foreach (CudaDeviceInformation device in inventory.Devices)
        {
            output.WriteLine(device);
        }

        foreach (LibraryInformation library in inventory.Libraries)
        {
            output.WriteLine(library);
        }

        if (!inventory.IsUsable)
        {
            output.WriteLine($"skipped: {inventory.Problem}");
            return 0;
        }

        if (ordinal >= inventory.Devices.Count)
        {
            throw new DeviceUnavailableException($"There is no cuda:{ordinal}; the last GPU here is cuda:{inventory.Devices.Count - 1}.");
        }

        SelfCheckReport report = new(output);
        KernelCompiler compiler = new(libraries.Nvrtc, KernelCache.Default(), inventory.Devices[ordinal].ComputeCapability);
        CompiledKernel? kernels = null;
        report.Run("compile", () =>
        {
            kernels = compiler.Compile(SelfCheckKernels.Source, new CompilationOptions());
            return $"{compiler.Target.Architecture}, {kernels.Image.Length:N0} bytes, {(kernels.FromCache ? "cached" : "compiled")} {kernels.Log}";
        });
        report.Run("a wrong source gives NVRTC's log", () => CompileWrongSource(compiler));
        if (kernels is not null)
        {
            CheckDevice(report, libraries, ordinal, kernels, ContextOwnership.Own, full);
            CheckDevice(report, libraries, ordinal, kernels, ContextOwnership.Primary, full);
        }

        report.Run("all kernels compile", () => SharedCacheCheck.RunColdAndWarm(compiler));
        if (full)
        {
            report.Run("two processes fill one cache", () => SharedCacheCheck.RunTwoProcesses(compiler));
            if (kernels is not null)
            {
                FaultChecks.RunLast(report, () => new SelfCheckDevice(libraries, ordinal, kernels, ContextOwnership.Own));
            }
        }

        output.WriteLine(report.Failures == 0 ? "all checks passed" : $"{report.Failures} checks FAILED");
        return report.Failures;
    }

    private static void CheckDevice(
        SelfCheckReport report, CudaLibraries libraries, int ordinal, CompiledKernel kernels, ContextOwnership ownership, bool full)
    {
        report.Run($"{ownership} context: kernels", () =>
        {
            using SelfCheckDevice device = new(libraries, ordinal, kernels, ownership);
            KernelChecks.RunAll(report, device);
            return device.Context.Device.Label;
        });
        report.Run($"{ownership} context: matrix products", () =>
        {
            using SelfCheckDevice device = new(libraries, ordinal, kernels, ownership);
            MatmulChecks.RunAll(report, device, libraries.CublasLt);
            return $"cuBLASLt {libraries.CublasLt.Version}";
        });
        if (full)
        {
            FaultChecks.RunAll(report, () => new SelfCheckDevice(libraries, ordinal, kernels, ownership));
        }
    }

    private static string CompileWrongSource(KernelCompiler compiler)
    {
        KernelSource wrong = new(new SourceFile("wrong.cu", "extern \"C\" __global__ void wrong() { undeclared = 1; }"), []);
        try
        {
            compiler.Compile(wrong, new CompilationOptions());
        }
        catch (KernelCompilationException failure)
        {
            SelfCheckReport.Require(
                failure.Log.Contains("undeclared", StringComparison.Ordinal), $"the log does not name the fault: {failure.Log}");
            return failure.Log.ReplaceLineEndings(" ");
        }

        throw new InvalidOperationException("it compiled");
    }
}
