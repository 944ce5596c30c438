using System.Numerics;

namespace Moda.Kernels.Tests.Reference;

/// <summary>Inputs: images [N, S, T, 3], mask [S, T, 1], background [H, W, 3], each the middles of levels.</summary>
internal sealed record WarpBlendReference(AffineTransform ToImage, int FirstRow) : IReferenceOp
{
    public ReferenceTensor<T> Compute<T>(ReferenceTensor<T>[] inputs, Shape output)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var result = new ReferenceTensor<T>(output);
        (int height, int width) = (output[1], output[2]);
        for (int row = 0; row < result.Rows; row++)
        {
            int x = row % width;
            int y = row / width % height;
            double atX = Place(ToImage.XX * x, ToImage.XY * (y + FirstRow) + ToImage.X0);
            double atY = Place(ToImage.YX * x, ToImage.YY * (y + FirstRow) + ToImage.Y0);
            double alpha = Sample(inputs[1], image: 0, atX, atY, 0);
            for (int c = 0; c < 3; c++)
            {
                double behind = Level(inputs[2][y * width + x, c]);
                double mixed = Math.Floor((Sample(inputs[0], row / (width * height), atX, atY, c) * alpha + behind * (255 - alpha)) / 255);
                result[row, c] = T.CreateChecked((mixed + 0.5) / 255);
            }
        }

        return result;
    }

    private static double Level<T>(T value)
        where T : unmanaged, IFloatingPointIeee754<T> => Math.Floor(double.CreateChecked(value) * 255);

    // Both addends are rounded to 1/1024 pixel, their sum to 1/32.
    private static double Place(double column, double row) =>
        Math.Floor((Math.Round(column * 1024) + Math.Round(row * 1024) + 16) / 32) / 32;

    private static double Sample<T>(ReferenceTensor<T> images, int image, double x, double y, int channel)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int rank = images.Shape.Rank;
        (int height, int width) = (images.Shape[rank - 3], images.Shape[rank - 2]);
        double sum = 0;
        for (int corner = 0; corner < 4; corner++)
        {
            double cornerX = Math.Floor(x) + (corner & 1);
            double cornerY = Math.Floor(y) + (corner >> 1);
            if (cornerX >= 0 && cornerX < width && cornerY >= 0 && cornerY < height)
            {
                int row = (image * height + (int)cornerY) * width + (int)cornerX;
                sum += (1 - Math.Abs(x - cornerX)) * (1 - Math.Abs(y - cornerY)) * Level(images[row, channel]);
            }
        }

        return Math.Floor(sum + 0.5);
    }
}
