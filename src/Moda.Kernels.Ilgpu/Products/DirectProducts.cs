using ILGPU;
using Moda.Kernels.Ilgpu.Execution;

namespace Moda.Kernels.Ilgpu.Products;

/// <summary>Products without tiles: a thread or a group of threads for each output element.</summary>
internal static class DirectProducts
{
    /// <summary>One channel for each group.</summary>
    public static void Depthwise(ProductArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Rows * a.Groups; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Groups);
            TapOrigin origin = a.Geometry.OriginOf(at.Row);
            long weight = at.Column;
            float sum = 0;
            for (int z = 0; z < a.Geometry.KernelDepth; z++)
            {
                for (int y = 0; y < a.Geometry.KernelHeight; y++)
                {
                    for (int x = 0; x < a.Geometry.KernelWidth; x++)
                    {
                        long source = a.Geometry.RowOf(origin, z, y, x);
                        if (source >= 0)
                        {
                            sum += a.Input.Load(source, at.Column) * a.Weights[weight];
                        }

                        weight += a.Groups;
                    }
                }
            }

            a.Epilogue.Store(at.Row, at.Column, sum);
        }
    }

    /// <summary>Any convolution, a thread for each output element.</summary>
    public static void Simple(ProductArguments a)
    {
        int channels = a.Groups * a.Geometry.Outputs;
        for (long flat = ElementPosition.First; flat < a.Rows * channels; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, channels);
            var column = ElementPosition.Of(at.Column, a.Geometry.Outputs);
            int firstInput = (int)column.Row * a.Geometry.Inputs;
            long tapWeight = (column.Row * a.Geometry.PaddedTerms * a.Geometry.PaddedOutputs) + column.Column;
            TapOrigin origin = a.Geometry.OriginOf(at.Row);
            float sum = 0;
            for (int z = 0; z < a.Geometry.KernelDepth; z++)
            {
                for (int y = 0; y < a.Geometry.KernelHeight; y++)
                {
                    for (int x = 0; x < a.Geometry.KernelWidth; x++)
                    {
                        long source = a.Geometry.RowOf(origin, z, y, x);
                        for (int c = 0; source >= 0 && c < a.Geometry.Inputs; c++)
                        {
                            sum += a.Input.Load(source, firstInput + c) * a.Weights[tapWeight + ((long)c * a.Geometry.PaddedOutputs)];
                        }

                        tapWeight += (long)a.Geometry.PaddedInputs * a.Geometry.PaddedOutputs;
                    }
                }
            }

            a.Epilogue.Store(at.Row, at.Column, sum);
        }
    }

    /// <summary>Few output channels and a long sum: the threads of a group share the sum of an output element.</summary>
    public static void Narrow(ProductArguments a)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.MostThreads);
        int terms = a.Geometry.KernelDepth * a.Geometry.KernelHeight * a.Geometry.KernelWidth * a.Geometry.PaddedInputs;
        for (long item = Grid.IdxX; item < a.Rows * a.Geometry.Outputs; item += Grid.DimX)
        {
            var at = ElementPosition.Of(item, a.Geometry.Outputs);
            TapOrigin origin = a.Geometry.OriginOf(at.Row);
            float sum = 0;
            for (int term = Group.IdxX; term < terms; term += Group.DimX)
            {
                int tap = term / a.Geometry.PaddedInputs;
                int channel = term - (tap * a.Geometry.PaddedInputs);
                int line = tap / a.Geometry.KernelWidth;
                int plane = line / a.Geometry.KernelHeight;
                long source = a.Geometry.RowOf(
                    origin, plane, line - (plane * a.Geometry.KernelHeight), tap - (line * a.Geometry.KernelWidth));
                if (source >= 0 && channel < a.Geometry.Inputs)
                {
                    sum += a.Input.Load(source, channel) * a.Weights[((long)term * a.Geometry.PaddedOutputs) + at.Column];
                }
            }

            sum = GroupReduction.Sum(sum, shared);
            if (Group.IdxX == 0)
            {
                a.Epilogue.Store(at.Row, at.Column, sum);
            }
        }
    }
}
