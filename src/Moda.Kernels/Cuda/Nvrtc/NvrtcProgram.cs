using System.Text;
using Moda.Kernels.Cuda.Errors;
using Moda.Kernels.Cuda.Libraries;

namespace Moda.Kernels.Cuda.Nvrtc;

/// <summary>A source that NVRTC holds. Several may be compiled at the same time, each by a thread of its own.</summary>
internal sealed unsafe class NvrtcProgram : CudaHandle
{
    private readonly NvrtcApi api;
    private readonly string name;

    private NvrtcProgram(nint handle, NvrtcApi api, string name)
        : base(handle, parent: null)
    {
        this.api = api;
        this.name = name;
    }

    /// <summary>Hands a source and its headers over.</summary>
    public static NvrtcProgram Create(NvrtcApi api, KernelSource source)
    {
        using var text = new NativeStrings([source.Unit.Text, source.Unit.Name]);
        using var headerTexts = new NativeStrings(source.Headers.Select(header => header.Text));
        using var headerNames = new NativeStrings(source.Headers.Select(header => header.Name));
        nint program;
        api.Check(
            api.CreateProgram(
                &program, text.First[0], text.First[1], source.Headers.Count, headerTexts.First, headerNames.First),
            "nvrtcCreateProgram");
        return new NvrtcProgram(program, api, source.Unit.Name);
    }

    /// <summary>Compiles.</summary>
    /// <param name="options">NVRTC's options.</param>
    /// <param name="machineCode">Whether machine code is wanted, or PTX.</param>
    /// <exception cref="KernelCompilationException">The source has errors.</exception>
    /// <exception cref="CudaException">An option is unknown, or the compiler failed.</exception>
    public CompiledKernel Compile(IReadOnlyList<string> options, bool machineCode)
    {
        using var arguments = new NativeStrings(options);
        int status = api.CompileProgram(Value, options.Count, arguments.First);
        string log = ReadLog();
        if (status == NvrtcApi.CompilationError)
        {
            throw new KernelCompilationException(name, string.Join(' ', options), log);
        }

        if (status != 0)
        {
            throw api.Failure(status, "nvrtcCompileProgram", device: null, $"{name} with {string.Join(' ', options)}. {log}");
        }

        nuint length;
        api.Check(machineCode ? api.GetCubinSize(Value, &length) : api.GetPtxSize(Value, &length), "nvrtcGetCUBINSize");
        byte[] image = new byte[length];
        fixed (byte* bytes = image)
        {
            api.Check(machineCode ? api.GetCubin(Value, bytes) : api.GetPtx(Value, bytes), "nvrtcGetCUBIN");
        }

        return new CompiledKernel(name, image, log, FromCache: false);
    }

    protected override int Release()
    {
        nint program = handle;
        return api.DestroyProgram(&program);
    }

    private string ReadLog()
    {
        nuint length;
        if (api.GetProgramLogSize(Value, &length) != 0 || length <= 1)
        {
            return string.Empty;
        }

        byte[] log = new byte[length];
        fixed (byte* characters = log)
        {
            return api.GetProgramLog(Value, characters) == 0
                ? Encoding.UTF8.GetString(log).TrimEnd('\0', '\n', '\r')
                : string.Empty;
        }
    }
}
