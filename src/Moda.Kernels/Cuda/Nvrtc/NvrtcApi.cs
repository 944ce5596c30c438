using Moda.Kernels.Cuda.Errors;
using Moda.Kernels.Cuda.Libraries;

namespace Moda.Kernels.Cuda.Nvrtc;

/// <summary>
/// NVRTC, the compiler of CUDA C++ at run time. Needs no device. Signatures: NVRTC documentation; a program is <c>nint</c>.
/// </summary>
internal sealed unsafe class NvrtcApi : NativeApi
{
    /// <summary><c>NVRTC_ERROR_COMPILATION</c>: the source has errors, and the log tells them.</summary>
    public const int CompilationError = 6;

    public readonly delegate* unmanaged<int, byte*> GetErrorString;
    public readonly delegate* unmanaged<int*, int*, int> GetVersion;
    public readonly delegate* unmanaged<int*, int> GetNumSupportedArchs;
    public readonly delegate* unmanaged<int*, int> GetSupportedArchs;
    public readonly delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, int> CreateProgram;
    public readonly delegate* unmanaged<nint*, int> DestroyProgram;
    public readonly delegate* unmanaged<nint, int, byte**, int> CompileProgram;
    public readonly delegate* unmanaged<nint, nuint*, int> GetCubinSize;
    public readonly delegate* unmanaged<nint, byte*, int> GetCubin;
    public readonly delegate* unmanaged<nint, nuint*, int> GetPtxSize;
    public readonly delegate* unmanaged<nint, byte*, int> GetPtx;
    public readonly delegate* unmanaged<nint, nuint*, int> GetProgramLogSize;
    public readonly delegate* unmanaged<nint, byte*, int> GetProgramLog;

    /// <summary>Looks up every function.</summary>
    /// <exception cref="CudaUnavailableException">The library is too old.</exception>
    public NvrtcApi(IFunctionSource source)
    {
        GetErrorString = (delegate* unmanaged<int, byte*>)source.GetFunction("nvrtcGetErrorString");
        GetVersion = (delegate* unmanaged<int*, int*, int>)source.GetFunction("nvrtcVersion");
        GetNumSupportedArchs = (delegate* unmanaged<int*, int>)source.GetFunction("nvrtcGetNumSupportedArchs");
        GetSupportedArchs = (delegate* unmanaged<int*, int>)source.GetFunction("nvrtcGetSupportedArchs");
        CreateProgram = (delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, int>)
            source.GetFunction("nvrtcCreateProgram");
        DestroyProgram = (delegate* unmanaged<nint*, int>)source.GetFunction("nvrtcDestroyProgram");
        CompileProgram = (delegate* unmanaged<nint, int, byte**, int>)source.GetFunction("nvrtcCompileProgram");
        GetCubinSize = (delegate* unmanaged<nint, nuint*, int>)source.GetFunction("nvrtcGetCUBINSize");
        GetCubin = (delegate* unmanaged<nint, byte*, int>)source.GetFunction("nvrtcGetCUBIN");
        GetPtxSize = (delegate* unmanaged<nint, nuint*, int>)source.GetFunction("nvrtcGetPTXSize");
        GetPtx = (delegate* unmanaged<nint, byte*, int>)source.GetFunction("nvrtcGetPTX");
        GetProgramLogSize = (delegate* unmanaged<nint, nuint*, int>)source.GetFunction("nvrtcGetProgramLogSize");
        GetProgramLog = (delegate* unmanaged<nint, byte*, int>)source.GetFunction("nvrtcGetProgramLog");

        int major, minor, count;
        Check(GetVersion(&major, &minor), "nvrtcVersion");
        Version = new Version(major, minor);
        Check(GetNumSupportedArchs(&count), "nvrtcGetNumSupportedArchs");
        int[] architectures = new int[count];
        fixed (int* first = architectures)
        {
            Check(GetSupportedArchs(first), "nvrtcGetSupportedArchs");
        }

        SupportedArchitectures = architectures;
    }

    /// <summary>The compiler's version, for instance 13.0.</summary>
    public Version Version { get; }

    /// <summary>Compute capabilities it can compile for, ten times the version: 75, 80, 86, 90.</summary>
    public IReadOnlyList<int> SupportedArchitectures { get; }

    protected override (string Name, string Meaning) Describe(int status) =>
        (ReadString(GetErrorString(status), "NVRTC_ERROR"), "NVRTC refused the call");
}
