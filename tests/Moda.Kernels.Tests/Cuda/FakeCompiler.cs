using System.Runtime.InteropServices;
using System.Text;
using Moda.Kernels.Cuda.Nvrtc;

namespace Moda.Kernels.Tests.Cuda;

/// <summary>
/// An NVRTC that compiles a source to its own text, its headers and its options. A source that contains <c>#error</c> has errors.
/// </summary>
internal static unsafe class FakeCompiler
{
    public const string Collection = "fake compiler";

    private static readonly Dictionary<nint, (string Text, string Result, string Log)> Programs = [];
    private static readonly Lock Gate = new();
    private static readonly byte* ErrorText = (byte*)Marshal.StringToCoTaskMemUTF8("NVRTC_ERROR_OF_THE_TEST");
    private static nint Next;

    /// <summary>How many sources were compiled.</summary>
    public static int Compilations { get; private set; }

    /// <summary>How many programs nobody destroyed.</summary>
    public static int Alive => Programs.Count;

    /// <summary>Forgets everything and gives a new compiler.</summary>
    public static NvrtcApi Reset()
    {
        Programs.Clear();
        Compilations = 0;
        return new NvrtcApi(new FakeLibrary("/fake/libnvrtc.so.12")
        {
            ["nvrtcGetErrorString"] = (nint)(delegate* unmanaged<int, byte*>)&ErrorString,
            ["nvrtcVersion"] = (nint)(delegate* unmanaged<int*, int*, int>)&Version,
            ["nvrtcGetNumSupportedArchs"] = (nint)(delegate* unmanaged<int*, int>)&ArchitectureCount,
            ["nvrtcGetSupportedArchs"] = (nint)(delegate* unmanaged<int*, int>)&Architectures,
            ["nvrtcCreateProgram"] = (nint)(delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, int>)&Create,
            ["nvrtcDestroyProgram"] = (nint)(delegate* unmanaged<nint*, int>)&Destroy,
            ["nvrtcCompileProgram"] = (nint)(delegate* unmanaged<nint, int, byte**, int>)&Compile,
            ["nvrtcGetCUBINSize"] = (nint)(delegate* unmanaged<nint, nuint*, int>)&ResultSize,
            ["nvrtcGetCUBIN"] = (nint)(delegate* unmanaged<nint, byte*, int>)&Result,
            ["nvrtcGetProgramLogSize"] = (nint)(delegate* unmanaged<nint, nuint*, int>)&LogSize,
            ["nvrtcGetProgramLog"] = (nint)(delegate* unmanaged<nint, byte*, int>)&Log,
        });
    }

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text)!;

    private static (string Text, string Result, string Log) Program(nint program)
    {
        lock (Gate)
        {
            return Programs[program];
        }
    }

    [UnmanagedCallersOnly]
    private static byte* ErrorString(int status) => ErrorText;

    [UnmanagedCallersOnly]
    private static int Version(int* major, int* minor)
    {
        (*major, *minor) = (12, 8);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int ArchitectureCount(int* count)
    {
        *count = 3;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Architectures(int* architectures)
    {
        (architectures[0], architectures[1], architectures[2]) = (75, 86, 90);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Create(nint* program, byte* source, byte* name, int headers, byte** texts, byte** names)
    {
        string text = $"{Text(name)}|{Text(source)}";
        for (int index = 0; index < headers; index++)
        {
            text += $"|{Text(names[index])}={Text(texts[index])}";
        }

        lock (Gate)
        {
            *program = ++Next;
            Programs.Add(*program, (text, string.Empty, string.Empty));
        }

        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Destroy(nint* program)
    {
        lock (Gate)
        {
            return Programs.Remove(*program) ? 0 : 1;
        }
    }

    [UnmanagedCallersOnly]
    private static int Compile(nint program, int count, byte** options)
    {
        string text = Program(program).Text;
        string given = string.Join(' ', Enumerable.Range(0, count).Select(index => Text(options[index])));
        bool fails = text.Contains("#error", StringComparison.Ordinal);
        lock (Gate)
        {
            Compilations++;
            Programs[program] = (text, $"{text} {given}", fails ? "line 3: what is wrong" : "a warning");
        }

        return fails ? NvrtcApi.CompilationError : 0;
    }

    [UnmanagedCallersOnly]
    private static int ResultSize(nint program, nuint* size)
    {
        *size = (nuint)Encoding.UTF8.GetByteCount(Program(program).Result);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Result(nint program, byte* result)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Program(program).Result);
        bytes.CopyTo(new Span<byte>(result, bytes.Length));
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int LogSize(nint program, nuint* size)
    {
        *size = (nuint)(Program(program).Log.Length + 1);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Log(nint program, byte* log)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Program(program).Log + '\0');
        bytes.CopyTo(new Span<byte>(log, bytes.Length));
        return 0;
    }
}
