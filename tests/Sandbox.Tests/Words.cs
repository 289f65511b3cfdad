// The same short names as in the sandbox itself.
global using AccessRights = Trading.Protocol.CTrader.ProtoOAAccessRights;
global using AccountType = Trading.Protocol.CTrader.ProtoOAAccountType;
global using BarPeriod = Trading.Protocol.CTrader.ProtoOATrendbarPeriod;
global using CommissionType = Trading.Protocol.CTrader.ProtoOACommissionType;
global using ExecutionType = Trading.Protocol.CTrader.ProtoOAExecutionType;
global using OrderStatus = Trading.Protocol.CTrader.ProtoOAOrderStatus;
global using OrderType = Trading.Protocol.CTrader.ProtoOAOrderType;
global using PositionStatus = Trading.Protocol.CTrader.ProtoOAPositionStatus;
global using TimeInForce = Trading.Protocol.CTrader.ProtoOATimeInForce;
global using TradeSide = Trading.Protocol.CTrader.ProtoOATradeSide;
global using TriggerMethod = Trading.Protocol.CTrader.ProtoOAOrderTriggerMethod;
