namespace Moda.Kernels.Tests.Cpu;

/// <summary>Convolution by its definition, with explicit loops.</summary>
internal static class MatrixReference
{
    /// <summary><c>gate (conv(input) + bias) + residual</c> in float64, and the same in float32.</summary>
    /// <returns>[N, D', H', W', outputs] each.</returns>
    public static (double[] Sums, float[] SinglePrecision) Convolution(ConvolutionOperands operands)
    {
        ConvolutionGeometry geometry = operands.Case.Geometry;
        Extent3 extent = operands.Case.Map;
        Extent3 outExtent = geometry.OutputExtent(extent);
        Extent3 kernel = geometry.Kernel;
        int f = geometry.Upsample;
        int groupInputs = geometry.InputChannels / geometry.Groups;
        int groupOutputs = geometry.OutputChannels / geometry.Groups;
        int kernelCount = kernel.Depth * kernel.Height * kernel.Width;
        int outputs = geometry.OutputChannels;
        var sums = new double[operands.Residual.Length];
        var singles = new float[operands.Residual.Length];
        for (int i = 0; i < sums.Length; i++)
        {
            int o = i % outputs;
            int position = i / outputs;
            int x = position % outExtent.Width;
            int y = position / outExtent.Width % outExtent.Height;
            int z = position / outExtent.Width / outExtent.Height % outExtent.Depth;
            int n = position / outExtent.Width / outExtent.Height / outExtent.Depth;
            double sum = 0;
            float single = 0;
            for (int element = 0; element < kernelCount; element++)
            {
                int iz = z * geometry.Stride.Depth + element / kernel.Width / kernel.Height - geometry.Padding.Depth;
                int iy = y * geometry.Stride.Height + element / kernel.Width % kernel.Height - geometry.Padding.Height;
                int ix = x * geometry.Stride.Width + element % kernel.Width - geometry.Padding.Width;
                if (iz < 0 || iz >= extent.Depth || iy < 0 || iy >= extent.Height * f || ix < 0 || ix >= extent.Width * f)
                {
                    continue;
                }

                int inputBase = (((n * extent.Depth + iz) * extent.Height + iy / f) * extent.Width + ix / f) * geometry.InputChannels
                    + o / groupOutputs * groupInputs;
                int weightBase = o * groupInputs * kernelCount + element;
                for (int c = 0; c < groupInputs; c++)
                {
                    float value = operands.Input[inputBase + c];
                    float weight = operands.Weight[weightBase + c * kernelCount];
                    sum += (double)value * weight;
                    single += value * weight;
                }
            }

            sums[i] = operands.Gate[o] * (sum + operands.Bias[o]) + operands.Residual[i];
            singles[i] = operands.Gate[o] * (single + operands.Bias[o]) + operands.Residual[i];
        }

        return (sums, singles);
    }
}
