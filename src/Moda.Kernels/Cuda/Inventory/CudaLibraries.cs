using Moda.Kernels.Cuda.CublasLt;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Errors;
using Moda.Kernels.Cuda.Libraries;
using Moda.Kernels.Cuda.Nvrtc;

namespace Moda.Kernels.Cuda.Inventory;

/// <summary>
/// CUDA's libraries as found on this machine. Looking for them never throws and needs no GPU; what is missing is told by
/// <see cref="Problem"/>, or thrown when it is needed.
/// </summary>
internal sealed class CudaLibraries
{
    /// <summary>CUDA_ERROR_STUB_LIBRARY: a toolkit's <c>libcuda</c> that is there to be linked with.</summary>
    private const int StubLibrary = 34;

    private readonly DriverApi? driver;
    private readonly NvrtcApi? nvrtc;
    private readonly CublasLtApi? cublasLt;
    private readonly List<string> problems = [];
    private readonly List<string> passedOver = [];

    private CudaLibraries(LibraryLocator locator, ILibraryHost host)
    {
        List<LibraryInformation> found = [];
        LoadedLibrary? library;
        driver = LoadDriver(locator, host, out library);
        if (driver is not null)
        {
            found.Add(new LibraryInformation(LibraryKind.Driver, driver.Version.ToString(), library!.Path, library.Origin));
        }

        // Without a driver any toolkit is as good as another: NVRTC compiles where there is no GPU.
        int major = driver?.Version.Major ?? int.MaxValue;
        nvrtc = Load(locator, LibraryKind.Nvrtc, major, source => new NvrtcApi(source), out library);
        if (nvrtc is not null)
        {
            found.Add(new LibraryInformation(LibraryKind.Nvrtc, nvrtc.Version.ToString(), library!.Path, library.Origin));
        }

        cublasLt = Load(locator, LibraryKind.CublasLt, major, source => new CublasLtApi(source), out library);
        if (cublasLt is not null)
        {
            found.Add(new LibraryInformation(LibraryKind.CublasLt, cublasLt.Version.ToString(), library!.Path, library.Origin));
        }

        // Profilers set this variable in the programs they start; without one, ranges would only cost time.
        if (host.Variable("NVTX_INJECTION64_PATH") is not null
            && locator.Find(LibraryKind.Nvtx, int.MaxValue, out _) is { } ranges)
        {
            Ranges = new NvtxApi(ranges);
            found.Add(new LibraryInformation(LibraryKind.Nvtx, string.Empty, ranges.Path, ranges.Origin));
        }

        Found = found;
        Problem = problems.Count == 0 ? null : string.Join("; ", problems);
    }

    /// <summary>What was found.</summary>
    public IReadOnlyList<LibraryInformation> Found { get; }

    /// <summary>One line on what is missing or does not work; null when CUDA can be used.</summary>
    public string? Problem { get; }

    /// <summary>Libraries of the driver's name that were met first and did not work, each with the reason.</summary>
    public IReadOnlyList<string> PassedOver => passedOver;

    /// <summary>Whether there is a driver that works.</summary>
    internal bool HasDriver => driver is not null;

    /// <summary>The driver, initialised.</summary>
    /// <exception cref="CudaUnavailableException">There is none that works.</exception>
    internal DriverApi Driver => driver ?? throw new CudaUnavailableException(Problem!);

    /// <summary>The compiler.</summary>
    /// <exception cref="CudaUnavailableException">It was not found.</exception>
    internal NvrtcApi Nvrtc => nvrtc ?? throw new CudaUnavailableException(Problem!);

    /// <summary>Matrix products.</summary>
    /// <exception cref="CudaUnavailableException">They were not found.</exception>
    internal CublasLtApi CublasLt => cublasLt ?? throw new CudaUnavailableException(Problem!);

    /// <summary>Profiler ranges; null unless a profiler is listening.</summary>
    internal NvtxApi? Ranges { get; }

    /// <summary>Looks for the libraries and loads those that are there.</summary>
    /// <param name="folder">A CUDA toolkit or a folder of its libraries to look in first; null for none.</param>
    public static CudaLibraries Locate(string? folder = null) => Locate(new LibraryHost(), folder);

    /// <summary>As <see cref="Locate(string?)"/>, on a machine of the caller's.</summary>
    internal static CudaLibraries Locate(ILibraryHost host, string? folder) => new(new LibraryLocator(host, folder), host);

    private TApi? Load<TApi>(
        LibraryLocator locator, LibraryKind kind, int driverMajor, Func<IFunctionSource, TApi> bind, out LoadedLibrary? library)
        where TApi : NativeApi
    {
        library = locator.Find(kind, driverMajor, out string problem);
        if (library is null)
        {
            problems.Add(problem);
            return null;
        }

        try
        {
            return bind(library);
        }
        catch (Exception failure) when (failure is CudaUnavailableException or CudaException)
        {
            problems.Add(failure.Message);
            return null;
        }
    }

    /// <summary>The first driver that begins to work. Containers and toolkits put stubs of its name in front of it.</summary>
    private DriverApi? LoadDriver(LibraryLocator locator, ILibraryHost host, out LoadedLibrary? library)
    {
        DriverApi? working = null;
        library = locator.Find(LibraryKind.Driver, int.MaxValue, out string problem, candidate => Refusal(host, candidate, out working));
        if (library is null)
        {
            problems.Add(problem);
        }

        return working;
    }

    private unsafe string? Refusal(ILibraryHost host, LoadedLibrary candidate, out DriverApi? working)
    {
        working = null;
        string reason;
        bool isForeign = true;
        try
        {
            var bound = new DriverApi(candidate);
            int status = bound.Initialize(0);
            if (status == 0)
            {
                working = bound;
                return null;
            }

            reason = $"the driver {candidate.Description} found no usable GPU: {bound.Failure(status, "cuInit", device: null, details: null).StatusName} ({status})";
            isForeign = status == StubLibrary;
        }
        catch (CudaUnavailableException failure)
        {
            reason = failure.Message.TrimEnd('.').Replace(';', ',');
        }

        // CUDA's other libraries open the driver by its name, and would get this one. A driver without a GPU stays.
        if (isForeign)
        {
            host.Unload(candidate.Handle);
        }

        if (!passedOver.Contains(reason))
        {
            passedOver.Add(reason);
        }

        return reason;
    }
}
