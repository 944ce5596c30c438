using Moda.Kernels.Cuda.Driver;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>A kernel of <c>convolution_mma.cu</c>: the outputs that a block of it computes.</summary>
internal sealed class TensorCoreTile
{
    /// <summary>Threads of a block.</summary>
    private const int Threads = 128;

    /// <summary>Takes the kernel of a module and allows the shared memory that it uses.</summary>
    /// <param name="module"><c>convolution_mma.cu</c>.</param>
    /// <param name="rows">Output positions.</param>
    /// <param name="columns">Output channels.</param>
    /// <param name="stages">Steps of the sum that are in shared memory at one time.</param>
    public TensorCoreTile(CudaModule module, int rows, int columns, int stages)
    {
        Function = module.GetFunction($"convolution_mma_{rows}x{columns}");
        Rows = rows;
        Columns = columns;
        SharedBytes = stages * TensorCorePlan.TileDepth * (rows + columns) * ElementType.Float16.SizeInBytes();
        Function.AllowDynamicSharedMemory(SharedBytes);
    }

    /// <summary>The kernel.</summary>
    public CudaFunction Function { get; }

    /// <summary>Output positions.</summary>
    public int Rows { get; }

    /// <summary>Output channels.</summary>
    public int Columns { get; }

    private int SharedBytes { get; }

    /// <summary>How many stages an architecture's copies can fill while two blocks still fit on a multiprocessor.</summary>
    /// <param name="capability">The compute capability that is compiled for.</param>
    public static int StagesFor(Version capability) => capability switch
    {
        { Major: < 8 } => 2,
        { Major: 8, Minor: > 0 } => 3,
        _ => 4,
    };

    /// <summary>A launch of a number of tiles.</summary>
    public LaunchConfiguration Configuration(int rowTiles, int columnTiles, int groups) =>
        new(new LaunchExtents(rowTiles, columnTiles, groups), new LaunchExtents(Threads), SharedBytes);
}
