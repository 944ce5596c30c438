namespace Moda.Kernels.Cuda.Interop;

/// <summary>
/// CUDA's libraries as found on this machine. Looking for them never throws and needs no GPU; what is missing is told by
/// <see cref="Problem"/>, or thrown when it is needed.
/// </summary>
public sealed class CudaLibraries
{
    private readonly DriverApi? driver;
    private readonly NvrtcApi? nvrtc;
    private readonly CublasLtApi? cublasLt;
    private readonly List<string> problems = [];

    private CudaLibraries(LibraryLocator locator, ILibraryHost host)
    {
        List<LibraryInformation> found = [];
        LoadedLibrary? library;
        if (Load(locator, LibraryKind.Driver, int.MaxValue, source => new DriverApi(source), out library) is { } loadedDriver
            && TryInitialize(loadedDriver))
        {
            driver = loadedDriver;
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

    private unsafe bool TryInitialize(DriverApi candidate)
    {
        try
        {
            candidate.Check(candidate.Initialize(0), "cuInit");
            return true;
        }
        catch (CudaException failure)
        {
            problems.Add($"the driver {candidate.Source.Description} found no usable GPU: {failure.StatusName} ({failure.Status})");
            return false;
        }
    }
}
