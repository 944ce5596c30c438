using Moda.Kernels.Forwards;

namespace Moda.Kernels.Fused;

// The composition needs a device that stores float32, which holds products of two bytes exactly.
internal static partial class FusedOperations
{
    private const float Levels = 255;

    /// <summary>Images [N, S, T, 3] warped into and blended with a background [H, W, 3]: [N, H, W, 3]; see <see cref="IFusedPasteBack.WarpBlend"/>.</summary>
    /// <param name="workspace">The workspace of the forward.</param>
    /// <param name="images">[N, S, T, 3] in [0, 1].</param>
    /// <param name="mask">[S, T, 1] in [0, 1].</param>
    /// <param name="background">[H, W, 3] in [0, 1].</param>
    /// <param name="toImage">From pixels of the background to those of the images.</param>
    /// <param name="firstRow">The y of the background's first row.</param>
    /// <param name="output">[N, H, W, 3]; allocated when null.</param>
    /// <exception cref="NotSupportedException">The device stores float16 and does not offer the op.</exception>
    public static Tensor WarpBlend(
        this Workspace workspace, Tensor images, Tensor mask, Tensor background, AffineTransform toImage, int firstRow = 0, Tensor? output = null)
    {
        var shape = new Shape(images.Shape[0], background.Shape[0], background.Shape[1], 3);
        Tensor result = output ?? workspace.Allocate(shape);
        Workspace.Require(
            images.Shape.Rank == 4 && images.Channels == 3 && background.Shape.Rank == 3 && background.Channels == 3,
            nameof(WarpBlend), "the images must be [N, S, T, 3], the background [H, W, 3]", images, background);
        Workspace.Require(result.Shape == shape, nameof(WarpBlend), $"the output must be {shape}", background, result);
        Workspace.Require(mask.Shape == new Shape(images.Shape[1], images.Shape[2], 1), nameof(WarpBlend), "the mask must be [S, T, 1]", images, mask);
        if (workspace.Device is not IFusedPasteBack device)
        {
            ComposeWarpBlend(workspace, images, mask, background, toImage, firstRow, result);
        }
        else if (workspace.Begins(result))
        {
            device.WarpBlend(images, mask, background, toImage, firstRow, result);
        }

        return result;
    }

    private static void ComposeWarpBlend(
        Workspace workspace, Tensor images, Tensor mask, Tensor background, AffineTransform toImage, int firstRow, Tensor output)
    {
        if (workspace.Device.ActivationType != ElementType.Float32)
        {
            throw new NotSupportedException(
                $"{workspace.Device.Name} stores float16, in which {nameof(WarpBlend)} can't be composed of plain ops: use float32, or implement {nameof(IFusedPasteBack)}.");
        }

        using Workspace.Scope scope = workspace.BeginScope();
        (int height, int width) = (background.Shape[0], background.Shape[1]);
        (int imageHeight, int imageWidth) = (images.Shape[1], images.Shape[2]);
        Tensor grid = workspace.Constant(
            new Shape(1, 1, height, width, 3),
            new SamplingGrid(toImage, firstRow, height, width, imageHeight, imageWidth),
            static (values, grid) => grid.Fill(values));
        Tensor alpha = SampleLevels(workspace, ToLevels(workspace, mask.Reshape(1, 1, imageHeight, imageWidth, 1)), grid);
        Tensor behind = workspace.Multiply(
            ToLevels(workspace, background.Reshape(1, 1, height, width, 3)), ScaleLevels(workspace, alpha, -1, Levels));
        for (int element = 0; element < images.Shape[0]; element++)
        {
            using Workspace.Scope elementScope = workspace.BeginScope();
            Tensor levels = ToLevels(workspace, images.Slice(element, 1).Reshape(1, 1, imageHeight, imageWidth, 3));
            Tensor mixed = workspace.Add(workspace.Multiply(SampleLevels(workspace, levels, grid), alpha), behind);

            // Truncation of the sum / 255: for integers it is (sum - 127) / 255, rounded.
            Tensor blended = Round(workspace, ScaleLevels(workspace, mixed, 1 / Levels, -127 / Levels));
            ScaleLevels(workspace, blended, 1 / Levels, 0.5f / Levels, output.Slice(element, 1).Reshape(1, 1, height, width, 3));
        }
    }

    /// <summary>255 x, truncated. A value that lies less than 1/16384 below a level counts as that level.</summary>
    private static Tensor ToLevels(Workspace workspace, Tensor values) =>
        Round(workspace, ScaleLevels(workspace, values, Levels, -0.5f + (1f / 16384)));

    /// <summary>Bilinear samples of levels, rounded to levels. Samples are multiples of 1/1024; what lies in the middle is rounded up.</summary>
    private static Tensor SampleLevels(Workspace workspace, Tensor levels, Tensor grid) =>
        Round(workspace, ScaleLevels(workspace, workspace.GridSample(levels, grid), 1, 1f / 2048));

    /// <summary>The nearest integers of values far below 2^22: float32 numbers of that size have no fraction, so adding one rounds.</summary>
    private static Tensor Round(Workspace workspace, Tensor values)
    {
        const float Large = 3 << 22;
        var channels = new Shape(values.Channels);
        return workspace.Add(workspace.Add(values, workspace.Constant(channels, Large)), workspace.Constant(channels, -Large));
    }

    private static Tensor ScaleLevels(Workspace workspace, Tensor values, float scale, float shift, Tensor? output = null)
    {
        var channels = new Shape(values.Channels);
        return workspace.ScaleShift(values, workspace.Constant(channels, scale), workspace.Constant(channels, shift), Activation.None, output);
    }

    /// <summary>Where each pixel of the background reads the images, as coordinates of <see cref="Workspace.GridSample"/>.</summary>
    private readonly record struct SamplingGrid(
        AffineTransform ToImage, int FirstRow, int Height, int Width, int ImageHeight, int ImageWidth)
    {
        public void Fill(Span<float> values)
        {
            for (int position = 0; position < Height * Width; position++)
            {
                (int y, int x) = (position / Width, position % Width);
                double row = y + FirstRow;
                values[3 * position] = Coordinate(Place(ToImage.XX * x, (ToImage.XY * row) + ToImage.X0), ImageWidth);
                values[(3 * position) + 1] = Coordinate(Place(ToImage.YX * x, (ToImage.YY * row) + ToImage.Y0), ImageHeight);
                values[(3 * position) + 2] = 0;
            }
        }

        // OpenCV rounds both addends to 1/1024 pixel and their sum to 1/32.
        private static double Place(double column, double row) => Math.Floor((Math.Round(column * 1024) + Math.Round(row * 1024) + 16) / 32) / 32;

        private static float Coordinate(double pixel, int extent) => (float)((((2 * pixel) + 1) / extent) - 1);
    }
}
