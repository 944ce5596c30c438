using Moda.Kernels.Ilgpu.Memory;

namespace Moda.Kernels.Ilgpu.Kernels;

/// <summary>
/// A place of a volume from which a value is interpolated between its eight neighbours, with zeros outside: PyTorch's
/// <c>grid_sample(align_corners=False)</c>.
/// </summary>
internal readonly struct VolumePlace(AxisPlace x, AxisPlace y, AxisPlace z)
{
    private readonly AxisPlace x = x;
    private readonly AxisPlace y = y;
    private readonly AxisPlace z = z;

    /// <summary>A channel's value.</summary>
    /// <param name="volume">[N, D, H, W, C].</param>
    /// <param name="element">n.</param>
    /// <param name="channel">c.</param>
    public float Sample(VolumeView volume, long element, int channel)
    {
        float sum = 0;
        for (int corner = 0; corner < 8; corner++)
        {
            float weight = x.WeightOf(corner & 1) * y.WeightOf((corner >> 1) & 1) * z.WeightOf(corner >> 2);
            if (weight != 0)
            {
                sum += weight * volume.Load(element, z.Low + (corner >> 2), y.Low + ((corner >> 1) & 1), x.Low + (corner & 1), channel);
            }
        }

        return sum;
    }
}

/// <summary>The two neighbours of a coordinate on an axis; a neighbour outside has no weight.</summary>
internal readonly struct AxisPlace
{
    private readonly float lowWeight;
    private readonly float highWeight;

    /// <summary>Finds the neighbours.</summary>
    /// <param name="coordinate">From -1 to 1 over the axis.</param>
    /// <param name="extent">Voxels of the axis.</param>
    public AxisPlace(float coordinate, int extent)
    {
        float voxel = (((coordinate + 1) * extent) - 1) * 0.5f;
        voxel = MathF.Min(MathF.Max(voxel, -2), extent + 1);
        float low = MathF.Floor(voxel);
        float fraction = voxel - low;
        Low = (int)low;
        lowWeight = Low >= 0 && Low < extent ? 1 - fraction : 0;
        highWeight = Low + 1 >= 0 && Low + 1 < extent ? fraction : 0;
    }

    /// <summary>The lower neighbour.</summary>
    public readonly int Low;

    /// <summary>The weight of the lower neighbour, 0, or the higher one, 1.</summary>
    public float WeightOf(int neighbour) => neighbour == 0 ? lowWeight : highWeight;
}

/// <summary>A volume [N, D, H, W, C] as kernels see it.</summary>
internal readonly struct VolumeView(Tensor tensor)
{
    public readonly TensorView Tensor = TensorView.Of(tensor);
    public readonly int Depth = tensor.Shape[1];
    public readonly int Height = tensor.Shape[2];
    public readonly int Width = tensor.Shape[3];

    /// <summary>Reads an element.</summary>
    public float Load(long element, int z, int y, int x, int channel) =>
        Tensor.Load((((((element * Depth) + z) * Height) + y) * Width) + x, channel);

    /// <summary>The place of a grid coordinate.</summary>
    public VolumePlace PlaceOf(float x, float y, float z) => new(new AxisPlace(x, Width), new AxisPlace(y, Height), new AxisPlace(z, Depth));
}
