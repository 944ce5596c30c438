using Moda.Kernels.Cpu.Memory;
using Moda.Kernels.Cpu.Vector;
using Moda.Kernels.Elementary;

namespace Moda.Kernels.Cpu.Matrix;

/// <summary>Stores a tile of sums: adds the bias, multiplies the gate, adds the residual, applies the activation, writes the valid columns.</summary>
internal unsafe struct TileEpilogue
{
    private readonly float* output;
    private readonly int outputStride;
    private readonly float* residual;
    private readonly int residualStride;
    private readonly float* gate;
    private readonly int gateStride;
    private readonly int gateRows;
    private readonly bool gateIsScalar;
    private readonly Activation activation;

    public TileEpilogue(in Epilogue epilogue, Tensor output)
    {
        this.output = output.Pointer();
        outputStride = output.RowStride;
        activation = epilogue.Activation;
        if (epilogue.Residual is { } residualTensor)
        {
            residual = residualTensor.Pointer();
            residualStride = residualTensor.RowStride;
        }

        if (epilogue.Gate is { } gateTensor)
        {
            gate = gateTensor.Pointer();
            gateStride = gateTensor.RowStride;
            gateRows = gateTensor.Rows;
            gateIsScalar = gateTensor.Channels != output.Channels;
        }
    }

    /// <summary>Stores the rows of a tile.</summary>
    /// <param name="tile">Rows of sums, <paramref name="tileStride"/> elements apart, a multiple of the vector's width.</param>
    /// <param name="tileStride">Elements of a tile's row.</param>
    /// <param name="bias">The bias of the tile's columns, as many as the tile has.</param>
    /// <param name="rows">Rows to store.</param>
    /// <param name="outputRows">The position of each in the output; a negative one is not stored.</param>
    /// <param name="firstColumn">The output channel of the tile's first column.</param>
    /// <param name="columns">Columns to store.</param>
    public readonly void Store<TVector>(
        float* tile, int tileStride, float* bias, int rows, int* outputRows, int firstColumn, int columns)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        switch (activation.Kind)
        {
            case ActivationKind.Relu:
                Store<TVector, ReluFunction>(tile, tileStride, bias, rows, outputRows, firstColumn, columns, default);
                break;
            case ActivationKind.LeakyRelu:
                Store<TVector, LeakyReluFunction>(tile, tileStride, bias, rows, outputRows, firstColumn, columns, new(activation.Slope));
                break;
            case ActivationKind.Gelu:
                Store<TVector, GeluFunction>(tile, tileStride, bias, rows, outputRows, firstColumn, columns, default);
                break;
            case ActivationKind.GeluTanh:
                Store<TVector, GeluTanhFunction>(tile, tileStride, bias, rows, outputRows, firstColumn, columns, default);
                break;
            case ActivationKind.Silu:
                Store<TVector, SiluFunction>(tile, tileStride, bias, rows, outputRows, firstColumn, columns, default);
                break;
            case ActivationKind.Sigmoid:
                Store<TVector, SigmoidFunction>(tile, tileStride, bias, rows, outputRows, firstColumn, columns, default);
                break;
            default:
                Store<TVector, IdentityFunction>(tile, tileStride, bias, rows, outputRows, firstColumn, columns, default);
                break;
        }
    }

    private readonly void Store<TVector, TActivation>(
        float* tile, int tileStride, float* bias, int rows, int* outputRows, int firstColumn, int columns, TActivation function)
        where TVector : unmanaged, IFloatVector<TVector>
        where TActivation : unmanaged, IActivationFunction
    {
        for (int r = 0; r < rows; r++, tile += tileStride)
        {
            long row = outputRows[r];
            if (row < 0)
            {
                continue;
            }

            float* outputRow = output + row * outputStride + firstColumn;
            float* residualRow = residual is null ? null : residual + row * residualStride + firstColumn;
            float* gateRow = gate is null ? null : gate + row % gateRows * gateStride + (gateIsScalar ? 0 : firstColumn);
            int column = 0;
            for (; column <= columns - TVector.Count; column += TVector.Count)
            {
                TVector value = TVector.Load(tile + column) + TVector.Load(bias + column);
                if (gateRow is not null)
                {
                    value *= gateIsScalar ? TVector.Broadcast(*gateRow) : TVector.Load(gateRow + column);
                }

                if (residualRow is not null)
                {
                    value += TVector.Load(residualRow + column);
                }

                TVector.Store(function.Invoke(value), outputRow + column);
            }

            int rest = columns - column;
            if (rest > 0)
            {
                TVector value = TVector.Load(tile + column) + TVector.Load(bias + column);
                if (gateRow is not null)
                {
                    value *= gateIsScalar ? TVector.Broadcast(*gateRow) : TVector.LoadPartial(gateRow + column, rest);
                }

                if (residualRow is not null)
                {
                    value += TVector.LoadPartial(residualRow + column, rest);
                }

                TVector.StorePartial(function.Invoke(value), outputRow + column, rest);
            }
        }
    }
}
