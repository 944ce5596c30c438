using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary><see cref="Device.WarpBlend"/>; the item is a row of the output.</summary>
internal unsafe struct WarpBlendKernel : IVectorKernel
{
    private const int FractionBits = 5;
    private const int Fractions = 1 << FractionBits;
    private const int PositionBits = 10;
    private const int Channels = 3;

    public required float* Images;
    public required int ImagesStride;
    public required int ImageHeight;
    public required int ImageWidth;
    public required float* Mask;
    public required int MaskStride;
    public required float* Background;
    public required int BackgroundStride;
    public required AffineTransform ToImage;
    public required int FirstRow;
    public required float* Output;
    public required int OutputStride;
    public required int Height;
    public required int Width;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int row = start; row < end; row++)
        {
            Blend(row / Height, row % Height);
        }
    }

    private static int Level(float value) => float.IsNaN(value) ? 0 : (int)(Math.Clamp(value, 0, 1) * 255);

    // In 1/1024 pixel; saturates half way, so that the sum of two stays an int.
    private static int Position(double pixels) =>
        (int)Math.Clamp(Math.Round(pixels * (1 << PositionBits)), int.MinValue / 2, int.MaxValue / 2);

    private readonly void Blend(int image, int y)
    {
        const int Half = 1 << (PositionBits - FractionBits - 1);
        int originX = Position(ToImage.XY * (y + FirstRow) + ToImage.X0) + Half;
        int originY = Position(ToImage.YY * (y + FirstRow) + ToImage.Y0) + Half;
        float* background = Background + (long)y * Width * BackgroundStride;
        float* output = Output + ((long)image * Height + y) * Width * OutputStride;
        int* sample = stackalloc int[Channels + 1];
        for (int x = 0; x < Width; x++)
        {
            int x32 = (originX + Position(ToImage.XX * x)) >> FractionBits;
            int y32 = (originY + Position(ToImage.YX * x)) >> FractionBits;
            Sample(image, x32, y32, sample);
            for (int channel = 0; channel < Channels; channel++)
            {
                int mixed = sample[channel] * sample[Channels] + Level(background[(long)x * BackgroundStride + channel]) * (255 - sample[Channels]);
                output[(long)x * OutputStride + channel] = (mixed / 255 + 0.5f) / 255;
            }
        }
    }

    // Colours and mask at a position in 1/32 pixel; zeros outside.
    private readonly void Sample(int image, int x32, int y32, int* sample)
    {
        int left = x32 >> FractionBits;
        int top = y32 >> FractionBits;
        int fractionX = x32 & (Fractions - 1);
        int fractionY = y32 & (Fractions - 1);
        new Span<int>(sample, Channels + 1).Clear();
        for (int corner = 0; corner < 4; corner++)
        {
            int x = left + (corner & 1);
            int y = top + (corner >> 1);
            int weight = ((corner & 1) == 0 ? Fractions - fractionX : fractionX) * (corner < 2 ? Fractions - fractionY : fractionY);
            if (x < 0 || x >= ImageWidth || y < 0 || y >= ImageHeight)
            {
                continue;
            }

            float* pixel = Images + (((long)image * ImageHeight + y) * ImageWidth + x) * ImagesStride;
            for (int channel = 0; channel < Channels; channel++)
            {
                sample[channel] += weight * Level(pixel[channel]);
            }

            sample[Channels] += weight * Level(Mask[((long)y * ImageWidth + x) * MaskStride]);
        }

        for (int channel = 0; channel <= Channels; channel++)
        {
            sample[channel] = (sample[channel] + Fractions * Fractions / 2) >> (2 * FractionBits);
        }
    }
}
