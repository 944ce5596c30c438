using System.Globalization;
using System.Runtime.InteropServices;
using Moda.Kernels.Cuda.CublasLt;

namespace Moda.Kernels.Tests.Cuda;

/// <summary>A cuBLASLt that remembers what it was told. Its state is the process'; it goes with <see cref="FakeDriver"/>.</summary>
internal static unsafe class FakeMatmul
{
    private static readonly Dictionary<nint, string> AliveDescriptions = [];
    private static readonly byte* StatusText = (byte*)Marshal.StringToCoTaskMemUTF8("CUBLAS_STATUS_OF_THE_TEST");
    private static nint Next;

    private const ulong FirstAlgorithm = 42;

    /// <summary>Descriptions that nobody destroyed, by what they say.</summary>
    public static IReadOnlyCollection<string> Alive => AliveDescriptions.Values;

    /// <summary>What the product that came last was: each matrix with its address.</summary>
    public static string LastProduct => Products[^1];

    /// <summary>All products.</summary>
    public static List<string> Products { get; } = [];

    /// <summary>How many algorithms the heuristic finds.</summary>
    public static int AlgorithmsFound { get; set; }

    /// <summary>Whether an algorithm, whose number is its place in the heuristic's list, can do a number of rows.</summary>
    public static Func<ulong, int, bool> CanDo { get; set; } = (_, _) => true;

    /// <summary>The rows that the heuristic was asked for, and how many algorithms.</summary>
    public static List<(int Rows, int Requested)> Questions { get; } = [];

    /// <summary>Forgets everything and gives a new library.</summary>
    public static CublasLtApi Reset()
    {
        AliveDescriptions.Clear();
        Products.Clear();
        Questions.Clear();
        AlgorithmsFound = 1;
        CanDo = (_, _) => true;
        return new CublasLtApi(new FakeLibrary("/fake/libcublasLt.so.12")
        {
            ["cublasLtGetStatusName"] = (nint)(delegate* unmanaged<int, byte*>)&StatusName,
            ["cublasLtGetStatusString"] = (nint)(delegate* unmanaged<int, byte*>)&StatusName,
            ["cublasLtGetVersion"] = (nint)(delegate* unmanaged<nuint>)&Version,
            ["cublasLtCreate"] = (nint)(delegate* unmanaged<nint*, int>)&Create,
            ["cublasLtDestroy"] = (nint)(delegate* unmanaged<nint, int>)&Destroy,
            ["cublasLtMatmulDescCreate"] = (nint)(delegate* unmanaged<nint*, int, int, int>)&DescriptorCreate,
            ["cublasLtMatmulDescDestroy"] = (nint)(delegate* unmanaged<nint, int>)&Destroy,
            ["cublasLtMatmulDescSetAttribute"] = (nint)(delegate* unmanaged<nint, int, void*, nuint, int>)&SetAttribute,
            ["cublasLtMatrixLayoutCreate"] = (nint)(delegate* unmanaged<nint*, int, ulong, ulong, long, int>)&LayoutCreate,
            ["cublasLtMatrixLayoutDestroy"] = (nint)(delegate* unmanaged<nint, int>)&Destroy,
            ["cublasLtMatrixLayoutSetAttribute"] = (nint)(delegate* unmanaged<nint, int, void*, nuint, int>)&SetAttribute,
            ["cublasLtMatmulPreferenceCreate"] = (nint)(delegate* unmanaged<nint*, int>)&Create,
            ["cublasLtMatmulPreferenceDestroy"] = (nint)(delegate* unmanaged<nint, int>)&Destroy,
            ["cublasLtMatmulPreferenceSetAttribute"] = (nint)(delegate* unmanaged<nint, int, void*, nuint, int>)&SetAttribute,
            ["cublasLtMatmulAlgoGetHeuristic"] = (nint)(delegate* unmanaged<
                nint, nint, nint, nint, nint, nint, nint, int, MatmulHeuristicResult*, int*, int>)&Heuristic,
            ["cublasLtMatmulAlgoCheck"] = (nint)(delegate* unmanaged<
                nint, nint, nint, nint, nint, nint, MatmulAlgorithm*, MatmulHeuristicResult*, int>)&Check,
            ["cublasLtMatmul"] = (nint)(delegate* unmanaged<
                nint, nint, float*, ulong, nint, ulong, nint, float*, ulong, nint, ulong, nint,
                MatmulAlgorithm*, ulong, nuint, nint, int>)&Multiply,
        });
    }

    private static int Add(nint* handle, string text)
    {
        *handle = ++Next;
        AliveDescriptions.Add(Next, text);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static byte* StatusName(int status) => StatusText;

    [UnmanagedCallersOnly]
    private static nuint Version() => 120804;

    [UnmanagedCallersOnly]
    private static int Create(nint* handle) => Add(handle, string.Empty);

    [UnmanagedCallersOnly]
    private static int Destroy(nint handle) => AliveDescriptions.Remove(handle) ? 0 : 7;

    [UnmanagedCallersOnly]
    private static int DescriptorCreate(nint* handle, int computeType, int scaleType) => Add(handle, $"{computeType}/{scaleType}");

    [UnmanagedCallersOnly]
    private static int LayoutCreate(nint* handle, int type, ulong rows, ulong columns, long leadingDimension) =>
        Add(handle, $"{type}:{rows}x{columns}/{leadingDimension}");

    [UnmanagedCallersOnly]
    private static int SetAttribute(nint handle, int attribute, void* value, nuint size)
    {
        long number = size == sizeof(int) ? *(int*)value : *(long*)value;
        AliveDescriptions[handle] += $" {attribute}={number}";
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Heuristic(
        nint library, nint product, nint a, nint b, nint c, nint d, nint preference, int requested,
        MatmulHeuristicResult* results, int* found)
    {
        *found = Math.Min(AlgorithmsFound, requested);
        for (int place = 0; place < *found; place++)
        {
            results[place].Algorithm[7] = FirstAlgorithm + (ulong)place;
            results[place].WorkspaceBytes = 4096;
            results[place].Status = 0;
        }

        Questions.Add((RowsOf(b), requested));
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Check(
        nint library, nint product, nint a, nint b, nint c, nint d, MatmulAlgorithm* algorithm, MatmulHeuristicResult* result)
    {
        const int NotSupported = 15;
        int rows = RowsOf(b);
        result->Status = 0;
        result->WorkspaceBytes = (nuint)rows;
        return CanDo((*algorithm)[7] - FirstAlgorithm, rows) ? 0 : NotSupported;
    }

    // A layout reads type:elements x rows/stride.
    private static int RowsOf(nint layout) => int.Parse(AliveDescriptions[layout].Split('x')[1].Split('/')[0], CultureInfo.InvariantCulture);

    [UnmanagedCallersOnly]
    private static int Multiply(
        nint library, nint product, float* alpha, ulong a, nint layoutA, ulong b, nint layoutB, float* beta, ulong c, nint layoutC,
        ulong d, nint layoutD, MatmulAlgorithm* algorithm, ulong workspace, nuint workspaceBytes, nint stream)
    {
        string Name(nint handle) => AliveDescriptions[handle];
        Products.Add($"{Name(product)}; A{a} {Name(layoutA)}; B{b} {Name(layoutB)}; C{c} {Name(layoutC)}; D{d} {Name(layoutD)}; "
            + $"{*alpha}, {*beta}, algorithm {(*algorithm)[7]}, workspace {workspace}+{workspaceBytes}");
        return 0;
    }
}
