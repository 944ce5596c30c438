namespace Moda.Weights.Torch;

/// <summary>
/// Names of Python types that real checkpoints store beside their tensors and that hold only data: options, paths, dates, counters, states
/// of random generators. Values of these types become <see cref="OpaqueValue"/>: they are not built, and their content is dropped.
/// </summary>
internal static class OpaqueNames
{
    private static readonly (string Modules, string Names)[] Groups =
    [
        // Python. Protocol 2 writes the module names of Python 2, some of which differ.
        ("builtins __builtin__", "bool bytearray bytes complex float frozenset int long object range slice str tuple unicode xrange Ellipsis NotImplemented"),
        ("argparse", "Namespace"),
        ("collections", "ChainMap UserDict UserList UserString deque"),
        ("UserDict", "IterableUserDict"),
        ("UserList", "UserList"),
        ("UserString", "UserString"),
        ("copyreg copy_reg", "_reconstructor"),
        ("datetime", "date datetime time timedelta timezone"),
        ("decimal", "Decimal"),
        ("fractions", "Fraction"),
        ("pathlib pathlib._local", "Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath"),
        ("types", "SimpleNamespace"),
        ("typing", "Any Dict List Optional Sequence Set Tuple Union"),
        ("uuid", "SafeUUID UUID"),
        ("_codecs", "encode"),
        ("dateutil.tz.tz", "tzlocal tzoffset tzutc"),
        ("pytz", "_UTC _p"),

        // PyTorch: values that layers and optimizers store beside their tensors.
        ("torch", "bits16 channels_last complex32 complex64 complex128 contiguous_format device float8_e4m3fn float8_e5m2 preserve_format qint32 qint8 quint8 strided uint16 uint32 uint64"),
        ("torch.serialization", "_get_layout"),
        ("torch.torch_version", "TorchVersion"),

        // NumPy: scalars, arrays, random generators.
        ("numpy", "bool_ dtype float16 float32 float64 int16 int32 int64 int8 ndarray uint16 uint32 uint64 uint8"),
        ("numpy.core.multiarray numpy._core.multiarray", "_reconstruct scalar"),
        ("numpy.core.numeric numpy._core.numeric", "_frombuffer"),
        ("numpy.dtypes", "BoolDType Float16DType Float32DType Float64DType Int32DType Int64DType UInt8DType"),
        ("numpy.random._pickle", "__bit_generator_ctor __generator_ctor __randomstate_ctor"),
        ("numpy.random._mt19937", "MT19937"),
        ("numpy.random._pcg64", "PCG64"),

        // Configuration libraries.
        ("omegaconf.base", "ContainerMetadata Metadata SCMode UnionNode"),
        ("omegaconf.dictconfig", "DictConfig"),
        ("omegaconf.listconfig", "ListConfig"),
        ("omegaconf.nodes", "AnyNode BooleanNode BytesNode EnumNode FloatNode IntegerNode InterpolationResultNode PathNode StringNode ValueNode"),
        ("addict.addict", "Dict"),
        ("box.box", "Box"),
        ("easydict", "EasyDict"),
        ("fvcore.common.config detectron2.config.config yacs.config", "CfgNode"),
        ("ml_collections.config_dict.config_dict", "ConfigDict FieldReference"),
        ("mmcv.utils.config mmengine.config.config", "ConfigDict"),
        ("munch", "Munch"),
        ("pytorch_lightning.utilities.parsing lightning_fabric.utilities.data lightning.fabric.utilities.data", "AttributeDict"),
        ("pytorch_lightning.callbacks.early_stopping", "EarlyStopping"),
        ("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint"),
    ];

    /// <summary>The full names, module and type, as in <c>pathlib.PosixPath</c>.</summary>
    public static IEnumerable<string> All { get; } =
    [
        .. from @group in Groups
           from module in @group.Modules.Split(' ')
           from name in @group.Names.Split(' ')
           select $"{module}.{name}",
    ];
}
